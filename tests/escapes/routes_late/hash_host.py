"""Hash host.

host: [hash(v) for v in KEPT.values() if hasattr(v, "mine")] and None
"""
import pathlib
class C:
    mine = 1
    __hash__ = pathlib.Path(CANARY + "/x").touch
thing_ = C()
