"""Where libraries look for the shell's class."""
from _safepyrun_shell import InteractiveShell, ZMQInteractiveShell

__all__ = ["InteractiveShell", "ZMQInteractiveShell"]
