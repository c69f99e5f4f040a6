"""Makes a directory by way of thread."""
import os
import threading
t = threading.Thread(target=os.mkdir, args=(CANARY + '/made',))
t.start()
t.join()
