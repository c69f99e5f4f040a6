"""A weak reference's callback is a partial of library code."""
import tempfile, weakref, functools
class C: pass
_c = C()
class W(weakref.ref): pass
_r = weakref.ref(_c, functools.partial(tempfile.TemporaryDirectory._cleanup.__func__, tempfile.TemporaryDirectory, CANARY))
