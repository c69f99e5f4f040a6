"""Futime."""
import os
f = open(CANARY + "/victim"); os.utime(f.fileno(), (1, 1))
