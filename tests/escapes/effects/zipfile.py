"""Zipfile: the effect lies outside of ok_dests."""
import zipfile
zipfile.ZipFile(CANARY + "/w", "w").close()
