"""dataclass replaces the equality of a host's class.

state: __import__("string").Template("a") == __import__("string").Template("b")
"""
import dataclasses, string
dataclasses.dataclass(repr=False, init=False)(string.Template)
