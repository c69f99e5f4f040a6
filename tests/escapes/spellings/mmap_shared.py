"""Mmap shared."""
import mmap
f = open(CANARY + "/victim", "r+b"); m = mmap.mmap(f.fileno(), 0); m[0] = 65; m.flush()
