"""Pth file."""
import site
open(ALLOWED + "/a.pth", "w").write("import os; os.mkdir(%r)\n" % (CANARY + "/x"))
site.addsitedir(ALLOWED)
