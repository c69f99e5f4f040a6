"""A registry that pydoc found.

state: __import__("sys").modules.get("evil") == 5
"""
import pydoc
list(map(pydoc.locate("sys.modules.__setitem__"), ["evil"], [5]))
