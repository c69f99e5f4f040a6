"""The generator behind random's functions gets a method.

state: __import__("random").Random.random is not 5 and getattr(__import__("random")._inst, "evil", 0) == 5
"""
import random
vars(random._inst)["evil"] = 5
