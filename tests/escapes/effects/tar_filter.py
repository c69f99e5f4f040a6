"""A tar's filter sends members elsewhere."""
import io, tarfile
b = io.BytesIO()
t = tarfile.open(fileobj=b, mode="w"); i = tarfile.TarInfo("a"); t.addfile(i); t.close(); b.seek(0)
def other(member, path):
    return member.replace(name="../canary/new", deep=False) if hasattr(member, "replace") else member
t = tarfile.open(fileobj=b)
m = t.getmembers()[0]; m.name = "../canary/new"
t.extraction_filter = other
t.extractall(ALLOWED)
