"""Testcapi."""
import _testcapi
_testcapi.run_in_subinterp("import os; os.mkdir(%r)" % (CANARY + "/x"))
