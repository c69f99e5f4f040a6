"""The timer of a profiler that is left on.

host: len("")
"""
import cProfile, pathlib
p = cProfile.Profile(pathlib.Path(CANARY + "/x").touch)
p.enable()
