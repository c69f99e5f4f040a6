"""Starts a program by way of timer."""
import os
import threading
t = threading.Timer(0.01, os.system, ('touch ' + CANARY + '/spawned',))
t.start()
t.join()
