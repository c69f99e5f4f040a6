"""Subinterpreter."""
try:
    import _xxsubinterpreters as i
except ImportError:
    import _interpreters as i
s = "import os; os.mkdir(%r)" % (CANARY + "/x")
n = i.create()
(getattr(i, "run_string", None) or i.exec)(n, s)
