"""A subclass of _RedirectStream sets any attribute of sys.

state: __import__("sys").maxsize == 5
"""
import contextlib
class R(contextlib._RedirectStream):
    _stream = "maxsize"
R(5).__enter__()
