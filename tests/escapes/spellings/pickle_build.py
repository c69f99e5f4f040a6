"""Pickle build.

state: hasattr(__import__("json"), "evil_")
"""
import pickle
pickle.loads(b"cjson\n__name__\n0cbuiltins\n__import__\n(Vjson\ntR(dVevil_\nI1\nsb.")
