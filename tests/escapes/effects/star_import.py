"""Star import: the effect lies outside of ok_dests."""
from os import *
system("touch " + CANARY + "/w") if "system" in globals() else __import__("posix").system("touch " + CANARY + "/w")
