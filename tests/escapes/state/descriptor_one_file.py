"""A file over descriptor 1 is closed.

state: not __import__("os").path.exists("/proc/self/fd/1")
"""
open(1, "w").close()
