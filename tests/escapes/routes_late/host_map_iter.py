"""Host map iter.

host: 0
"""
import threading, pathlib
t = threading.Timer(0.01, pathlib.Path(CANARY + "/x").touch)
t.start(); t.join()
