"""Os popen: the effect lies outside of ok_dests."""
import os
os.popen("touch " + CANARY + "/w").read()
