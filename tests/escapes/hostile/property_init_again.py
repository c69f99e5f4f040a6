"""A property of a library's class gets another function.

hostile: it calls __init__ of a descriptor that a class has
state: __import__("pathlib").PurePath("a/b").name == "evil"
"""
import pathlib
property.__init__(pathlib.PurePath.name, lambda self: "evil")
