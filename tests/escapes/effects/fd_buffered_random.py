"""A buffered stream for both over the host's descriptor.

given: fd
"""
import io
b = io.BufferedRandom(io.FileIO(fd, "r+", closefd=False)); b.write(b"X"); b.flush()
