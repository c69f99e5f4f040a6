"""Fd write inherited."""
import os
fd = os.open(CANARY + "/victim", os.O_RDWR)
os.write(fd, b"x")
