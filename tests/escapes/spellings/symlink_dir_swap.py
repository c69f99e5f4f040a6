"""Symlink dir swap."""
import os
os.mkdir(ALLOWED + "/d"); os.symlink(CANARY, ALLOWED + "/d/s"); open(ALLOWED + "/d/s/x", "w")
