"""Atexit touch."""
import atexit, pathlib
atexit.register(pathlib.Path(CANARY + "/x").touch)
