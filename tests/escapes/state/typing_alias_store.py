"""A store to typing's alias goes to the class behind it.

state: "seek" in vars(__import__("typing").IO) and __import__("typing").IO.seek == 5
"""
import typing
a = typing.IO[str]
a.seek = 5
