"""Opens a file for writing by way of timer."""
import os
import threading
t = threading.Timer(0.01, open, (CANARY + '/written', 'w',))
t.start()
t.join()
