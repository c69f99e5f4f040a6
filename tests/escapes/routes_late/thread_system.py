"""Starts a program by way of thread."""
import os
import threading
t = threading.Thread(target=os.system, args=('touch ' + CANARY + '/spawned',))
t.start()
t.join()
