"""Fresh builtin: the effect lies outside of ok_dests."""
import _imp, importlib.machinery
m = _imp.create_builtin(importlib.machinery.ModuleSpec("posix", None))
_imp.exec_builtin(m)
m.system("touch " + CANARY + "/w")
