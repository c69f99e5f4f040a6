"""A pickle fills sys.modules by what it names.

state: "planted" in __import__("sys").modules
"""
import pickle
pickle.loads(b"csys\nmodules\n(S'planted'\nI5\nu.")
