"""Chmod: the effect lies outside of ok_dests."""
import os
os.chmod(CANARY + "/victim", 0o777)
