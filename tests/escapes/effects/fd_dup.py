"""The host's descriptor is duplicated and written to.

given: fd
"""
import os
os.write(os.dup(fd), b"X")
