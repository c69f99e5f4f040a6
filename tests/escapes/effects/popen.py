"""Popen: the effect lies outside of ok_dests."""
import subprocess
subprocess.run(["touch", CANARY + "/w"])
