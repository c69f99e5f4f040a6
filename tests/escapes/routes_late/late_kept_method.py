"""The host calls a method that a run made of its parts and left in its namespace.

host: KEPT["kept"]()
"""
import pathlib, types
kept = types.MethodType(pathlib.Path.touch, pathlib.Path(CANARY + "/new"))
