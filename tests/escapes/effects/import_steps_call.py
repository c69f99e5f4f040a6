"""What the import system calls for its caller is not the import of anything."""
import ctypes
import importlib._bootstrap

call = importlib._bootstrap._call_with_frames_removed
library = call(ctypes.CDLL, None)
call(library.mkdir, CANARY.encode() + b"/made", 0o755)
