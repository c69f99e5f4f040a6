"""The host's descriptor is mapped, and numpy writes into it.

given: fd
"""
import mmap
memoryview(mmap.mmap(fd, 3, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE))[0:1] = b"X"
