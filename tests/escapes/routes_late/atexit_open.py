"""Opens a file for writing by way of atexit."""
import os
import atexit
atexit.register(open, CANARY + '/written', 'w')
