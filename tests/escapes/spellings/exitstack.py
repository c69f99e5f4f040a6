"""Exitstack."""
import contextlib, os
with contextlib.ExitStack() as s: s.callback(os.mkdir, CANARY + "/x")
