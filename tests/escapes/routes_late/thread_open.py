"""Opens a file for writing by way of thread."""
import os
import threading
t = threading.Thread(target=open, args=(CANARY + '/written', 'w',))
t.start()
t.join()
