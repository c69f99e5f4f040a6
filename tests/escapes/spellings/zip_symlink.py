"""Zip symlink."""
import zipfile, stat
z = zipfile.ZipFile(ALLOWED + "/a.zip", "w"); z.writestr("../canary/x", "x"); z.close()
class Z(zipfile.ZipFile):
    def _extract_member(self, member, targetpath, pwd):
        import shutil
        with self.open(member) as s, open(targetpath + "/" + member if isinstance(member, str) else targetpath + "/" + member.filename, "wb") as t: shutil.copyfileobj(s, t)
Z(ALLOWED + "/a.zip").extract("../canary/x", ALLOWED)
