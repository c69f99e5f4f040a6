"""Ftruncate."""
import os
f = open(CANARY + "/victim", "r+"); os.ftruncate(f.fileno(), 0)
