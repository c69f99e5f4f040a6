"""A descriptor of the host's is mapped into memory and written to.

given: fd
"""
import mmap
m = mmap.mmap(fd, 0)
m[0:1] = b"X"
m.flush()
