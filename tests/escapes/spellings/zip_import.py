"""Zip import."""
import zipfile, sys
z = zipfile.ZipFile(ALLOWED + "/a.zip", "w"); z.writestr("zm.py", "import os; os.mkdir(%r)\n" % (CANARY + "/x")); z.close()
sys.path.insert(0, ALLOWED + "/a.zip")
import zm
