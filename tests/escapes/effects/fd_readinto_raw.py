"""A raw file opened for reading over a descriptor that can write.

given: fd
"""
import io
f = io.FileIO(fd, "r", closefd=False)
io.FileIO.__init__(f, fd, "w", closefd=False)
f.write(b"X")
