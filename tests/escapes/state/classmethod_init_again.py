"""A class method of a library's class gets another function.

state: __import__("pathlib").Path.cwd() == "evil"
"""
import pathlib
classmethod.__init__(vars(pathlib.Path)["cwd"], lambda cls: "evil")
