"""Makes a directory by way of atexit."""
import os
import atexit
atexit.register(os.mkdir, CANARY + '/made')
