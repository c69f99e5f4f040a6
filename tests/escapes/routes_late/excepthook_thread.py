"""Excepthook thread."""
import threading, pathlib
t = threading.Thread(target=lambda: 1 / 0)
threading.excepthook = lambda a: open(CANARY + "/x", "w")
t.start(); t.join()
