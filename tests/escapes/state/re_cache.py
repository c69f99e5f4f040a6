"""Re's cache.

state: any(v == 5 for v in __import__("re")._cache.values())
"""
import re
re._cache["x"] = 5
