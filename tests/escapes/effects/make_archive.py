"""Make archive: the effect lies outside of ok_dests."""
import shutil
shutil.make_archive(CANARY + "/w", "tar", "/etc/apt")
