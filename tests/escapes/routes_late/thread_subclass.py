"""Thread subclass."""
import threading, pathlib
class T(threading.Thread):
    run = pathlib.Path(CANARY + "/x").touch
t = T(); t.start(); t.join()
