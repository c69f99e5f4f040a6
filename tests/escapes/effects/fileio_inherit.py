"""A raw file over the host's descriptor.

given: fd
"""
import io
io.FileIO(fd, "r+", closefd=False).write(b"X")
