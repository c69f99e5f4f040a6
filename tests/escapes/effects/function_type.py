"""Function type: the effect lies outside of ok_dests."""
import types, os
types.FunctionType((lambda p: __import__("os").system(p)).__code__, {})("touch " + CANARY + "/w")
