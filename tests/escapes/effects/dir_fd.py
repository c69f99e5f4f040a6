"""Dir fd: the effect lies outside of ok_dests."""
import os
fd = os.open(CANARY, os.O_RDONLY)
os.open("w", os.O_CREAT | os.O_WRONLY, dir_fd=fd)
