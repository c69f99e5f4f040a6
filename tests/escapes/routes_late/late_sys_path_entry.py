"""An entry of sys.path that is asked for its hash.

host: __import__("this_is_not_there")
"""
import sys, os
class S(str):
    __hash__ = os.makedirs
sys.path.insert(0, S(CANARY + "/x"))
