"""Where libraries look for the shell's class."""
from _safepyrun_shell import ExecutionInfo, ExecutionResult, InteractiveShell, InteractiveShellABC

__all__ = ["ExecutionInfo", "ExecutionResult", "InteractiveShell", "InteractiveShellABC"]
