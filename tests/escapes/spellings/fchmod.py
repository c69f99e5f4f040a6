"""Fchmod."""
import os
f = open(CANARY + "/victim"); os.fchmod(f.fileno(), 0o777)
