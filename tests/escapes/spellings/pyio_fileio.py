"""Pyio fileio."""
import _pyio
_pyio.FileIO(CANARY + "/x", "w")
