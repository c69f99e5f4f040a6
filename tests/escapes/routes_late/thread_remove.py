"""Removes a file by way of thread."""
import os
import threading
t = threading.Thread(target=os.remove, args=(CANARY + '/victim',))
t.start()
t.join()
