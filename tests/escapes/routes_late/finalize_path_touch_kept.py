"""A finalizer calls a bound method after the run."""
import weakref, pathlib
class C: pass
_c = C()
weakref.finalize(_c, pathlib.Path(CANARY + "/x").touch)
