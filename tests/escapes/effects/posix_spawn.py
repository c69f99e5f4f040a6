"""Posix spawn: the effect lies outside of ok_dests."""
import os
os.waitpid(os.posix_spawn("/bin/touch", ["touch", CANARY + "/w"], {}), 0)
