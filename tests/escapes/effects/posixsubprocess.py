"""Posixsubprocess: the effect lies outside of ok_dests."""
import subprocess
subprocess.Popen("touch " + CANARY + "/w", shell=True).wait()
