"""Tarfile: the effect lies outside of ok_dests."""
import tarfile
tarfile.open(CANARY + "/w", "w").close()
