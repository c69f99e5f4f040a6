"""A member of a zip whose name leaves the folder."""
import zipfile, io, os
b = io.BytesIO()
z = zipfile.ZipFile(b, "w"); z.writestr("x", "y"); z.close()
class Z(zipfile.ZipFile):
    def _extract_member(self, member, targetpath, pwd):
        return super()._extract_member(member, CANARY, pwd)
Z(b).extractall(ALLOWED)
