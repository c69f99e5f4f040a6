"""The instance behind random's functions is changed.

state: __import__("random")._inst.__dict__.get("_randbelow") is not None and __import__("random")._inst._randbelow(9) == 2
"""
import random
random._inst._randbelow = lambda n: 2
