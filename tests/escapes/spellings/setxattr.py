"""Setxattr."""
import os
os.setxattr(CANARY + "/victim", "user.a", b"x"); open(CANARY + "/x", "w")
