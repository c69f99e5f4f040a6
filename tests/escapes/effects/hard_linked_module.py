"""Imports a module that has a second name: it may not be written to, but it was."""
import io
import sys
import tarfile

with open(f"{ALLOWED}/hard_one.py", "w") as file:
    file.write(f"import ctypes\nctypes.CDLL(None).mkdir({CANARY!r}.encode() + b'/made', 0o755)\n")
member = tarfile.TarInfo("hard_two.py")
member.type, member.linkname = tarfile.LNKTYPE, "hard_one.py"
archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w") as tar:
    tar.addfile(member)
archive.seek(0)
with tarfile.open(fileobj=archive) as tar:
    tar.extract("hard_two.py", ALLOWED, set_attrs=False)
sys.path.insert(0, ALLOWED)
import hard_two
