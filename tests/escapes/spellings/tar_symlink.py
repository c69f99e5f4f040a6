"""Tar symlink."""
import tarfile, io
t = tarfile.open(ALLOWED + "/a.tar", "w")
i = tarfile.TarInfo("l"); i.type = tarfile.SYMTYPE; i.linkname = CANARY; t.addfile(i)
j = tarfile.TarInfo("l/x"); j.size = 1; t.addfile(j, io.BytesIO(b"x")); t.close()
tarfile.open(ALLOWED + "/a.tar").extractall(ALLOWED)
