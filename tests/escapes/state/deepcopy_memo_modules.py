"""deepcopy's memo is sys.modules.

state: bool([k for k in __import__("sys").modules if type(k) is int])
"""
import copy, sys
copy.deepcopy([1, 2], sys.modules)
