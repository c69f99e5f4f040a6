"""tar_member."""
import os
V = CANARY + '/victim'
import tarfile, io
b = io.BytesIO()
with tarfile.open(fileobj=b, mode='w') as t:
    i = tarfile.TarInfo('a'); i.size = 1; t.addfile(i, io.BytesIO(b'x'))
b.seek(0)
t = tarfile.open(fileobj=b); t._extract_member(t.getmembers()[0], V)
