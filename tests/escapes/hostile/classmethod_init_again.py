"""A class method of a library's class gets another function.

hostile: it calls __init__ of a descriptor that a class has
state: __import__("pathlib").Path.cwd() == "evil"
"""
import pathlib
for base in pathlib.Path.__mro__:
    if "cwd" in vars(base):
        classmethod.__init__(vars(base)["cwd"], lambda cls: "evil")
