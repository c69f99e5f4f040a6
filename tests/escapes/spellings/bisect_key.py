"""Bisect key."""
import bisect, os
bisect.bisect([1], "x", key=os.mkdir) if 0 else bisect.insort([], CANARY + "/x", key=os.mkdir)
