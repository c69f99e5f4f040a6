"""Where libraries look for the class of sys.stdout and sys.stderr."""
from _safepyrun_kernel import OutStream

__all__ = ["OutStream"]
