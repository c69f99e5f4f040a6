"""The host's descriptor is truncated.

given: fd
"""
import os
os.truncate(fd, 1)
