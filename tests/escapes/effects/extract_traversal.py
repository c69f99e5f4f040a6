"""Extract traversal: the effect lies outside of ok_dests."""
import zipfile
z = zipfile.ZipFile(ALLOWED + "/z.zip", "w")
z.writestr("x", "x")
z.close()
zipfile.ZipFile(ALLOWED + "/z.zip").extractall(CANARY)
