"""Low ctypes."""
import _ctypes
h = _ctypes.dlopen(None, 2); a = _ctypes.dlsym(h, "unlink"); _ctypes.call_function(a, ((CANARY + "/victim").encode(),))
