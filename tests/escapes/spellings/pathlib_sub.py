"""Pathlib sub."""
import pathlib
class P(type(pathlib.Path())): pass
P(CANARY, "x").write_text("x")
