"""Removes a file by way of atexit."""
import os
import atexit
atexit.register(os.remove, CANARY + '/victim')
