"""_RedirectStream replaces sys.meta_path.

state: __import__("sys").meta_path == 5
"""
import contextlib
class R(contextlib._RedirectStream):
    _stream = "meta_path"
R(5).__enter__()
