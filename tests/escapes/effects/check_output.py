"""Check output: the effect lies outside of ok_dests."""
import subprocess
subprocess.check_output(["touch", CANARY + "/w"])
