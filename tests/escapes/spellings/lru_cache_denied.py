"""Lru cache denied."""
import functools, os
functools.lru_cache(os.mkdir)(CANARY + "/x")
