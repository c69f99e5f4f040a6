"""Repr touch host.

host: [str(v) for v in KEPT.values()] and None
"""
import pathlib
class C:
    __str__ = pathlib.Path(CANARY + "/x").touch
thing_ = C()
