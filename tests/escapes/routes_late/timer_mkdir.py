"""Makes a directory by way of timer."""
import os
import threading
t = threading.Timer(0.01, os.mkdir, (CANARY + '/made',))
t.start()
t.join()
