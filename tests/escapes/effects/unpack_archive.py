"""Unpack archive: the effect lies outside of ok_dests."""
import shutil
shutil.make_archive(ALLOWED + "/a", "tar", ALLOWED)
shutil.unpack_archive(ALLOWED + "/a.tar", CANARY + "/u")
