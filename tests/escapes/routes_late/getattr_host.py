"""Getattr host.

host: [getattr(v, "anything", 0) for v in KEPT.values() if type(v).__name__ == "C"] and None
"""
import pathlib
class C:
    __getattr__ = pathlib.Path(CANARY + "/x").write_text
thing_ = C()
