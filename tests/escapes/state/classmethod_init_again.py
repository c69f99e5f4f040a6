"""A class method of a library's class gets another function.

state: __import__("pathlib").Path.cwd() == "evil"
"""
import pathlib
for base in pathlib.Path.__mro__:
    if "cwd" in vars(base):
        classmethod.__init__(vars(base)["cwd"], lambda cls: "evil")
