"""O_RDONLY with O_CREAT makes a file."""
import os
os.open(CANARY + "/new", os.O_RDONLY | os.O_CREAT)
