"""Turtle tk."""
import os
os.mkfifo(CANARY + "/x")
