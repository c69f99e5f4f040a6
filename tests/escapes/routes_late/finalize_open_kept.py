"""A finalizer opens a file after the run."""
import weakref
class C: pass
_c = C()
weakref.finalize(_c, open, CANARY + "/x", "w")
