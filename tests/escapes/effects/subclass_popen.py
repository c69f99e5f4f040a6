"""Subclass popen: the effect lies outside of ok_dests."""
import subprocess
class P(subprocess.Popen): pass
P(["touch", CANARY + "/w"]).wait()
