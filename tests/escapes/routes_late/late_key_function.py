"""A key function in a sort of the host's.

host: sorted([2, 1], key=__import__("functools").cmp_to_key(KEPT["k"]))
"""
import pathlib
k = pathlib.Path(CANARY + "/victim").touch
