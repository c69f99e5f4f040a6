"""A stream over the host's descriptor.

given: fd
"""
import os
f = os.fdopen(fd, "r+b"); f.write(b"X"); f.flush()
