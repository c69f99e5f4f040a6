"""A default factory.

host: KEPT["d"]["x"]
"""
import pathlib, collections
d = collections.defaultdict(pathlib.Path(CANARY + "/x").touch)
