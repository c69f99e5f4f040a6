"""Shutil copy: the effect lies outside of ok_dests."""
import shutil
shutil.copy("/etc/hostname", CANARY + "/w")
