"""Gc objects."""
import gc
[f for f in gc.get_objects() if getattr(f, "__name__", "") == "mkdir"][0](CANARY + "/x")
