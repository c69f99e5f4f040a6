"""Where libraries look for the shell's class."""
from _safepyrun_shell import InteractiveShell, InteractiveShellABC

__all__ = ["InteractiveShell", "InteractiveShellABC"]
