"""contextlib.chdir, then a relative name."""
import contextlib, os
try:
    with contextlib.chdir(CANARY):
        open("new", "w")
except AttributeError:
    os.chdir(CANARY); open("new", "w")
