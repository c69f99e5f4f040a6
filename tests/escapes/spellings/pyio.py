"""Pyio."""
import _pyio
_pyio.open(CANARY + "/x", "w")
