"""Io open code."""
import io, _io
_io.open(CANARY + "/x", "w")
