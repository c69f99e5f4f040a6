"""A weak reference's callback is a bound library function."""
import tempfile, weakref, functools
class C: pass
_c = C()
_r = weakref.ref(_c, lambda r, f=functools.partial(tempfile.TemporaryDirectory._rmtree, CANARY): f())
