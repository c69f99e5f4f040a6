"""Contextlib.redirect_stdout to a file."""
import contextlib
with contextlib.redirect_stdout(open(CANARY + "/o", "w")):
    print("x")
