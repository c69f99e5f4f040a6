"""Frame globals: the effect lies outside of ok_dests."""
import os
def f(): yield
os.walk.__globals__["sys"].modules["posix"].system("touch " + CANARY + "/w")
