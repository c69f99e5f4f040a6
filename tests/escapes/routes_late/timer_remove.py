"""Removes a file by way of timer."""
import os
import threading
t = threading.Timer(0.01, os.remove, (CANARY + '/victim',))
t.start()
t.join()
