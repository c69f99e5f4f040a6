"""Tar extract: the effect lies outside of ok_dests."""
import tarfile, io
t = tarfile.open(ALLOWED + "/t.tar", "w")
i = tarfile.TarInfo("../" + CANARY.rsplit("/", 1)[1] + "/w")
t.addfile(i, io.BytesIO())
t.close()
tarfile.open(ALLOWED + "/t.tar").extractall(ALLOWED)
