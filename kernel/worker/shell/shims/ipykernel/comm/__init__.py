"""Comms by the name that older libraries know. One manager serves these and those of the package `comm`."""
from _safepyrun_comm import _Comm as Comm
from _safepyrun_comm import _Manager as CommManager

__all__ = ["Comm", "CommManager"]
