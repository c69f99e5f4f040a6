"""C code stores an item to the environment's bytes.

state: b"LD_X" in __import__("os").environ._data
"""
import os, operator
list(map(operator.setitem, [operator.attrgetter("_data")(os.environ)], [b"LD_X"], [b"y"]))
