"""A file becomes the end of a zip."""
import zipfile
z = zipfile.ZipFile(CANARY + "/victim", "a")
z.writestr("a", "b")
z.close()
