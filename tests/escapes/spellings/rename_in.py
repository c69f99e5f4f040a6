"""Rename in."""
import os
os.rename(CANARY + "/victim", ALLOWED + "/v")
