"""A finalizer calls tempfile's clean-up of another folder."""
import tempfile, weakref, os
class C: pass
_c = C()
_f = weakref.finalize(_c, tempfile.TemporaryDirectory._cleanup, CANARY, "w")
