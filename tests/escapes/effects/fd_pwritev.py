"""The host's descriptor, vectors.

given: fd
"""
import os
os.pwritev(fd, [b"X"], 0)
