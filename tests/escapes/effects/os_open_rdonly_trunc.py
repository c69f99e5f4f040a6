"""O_RDONLY with O_TRUNC empties a file."""
import os
os.open(CANARY + "/victim", os.O_RDONLY | os.O_TRUNC)
