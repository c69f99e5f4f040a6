"""Defaultdict."""
import collections, functools, os
collections.defaultdict(functools.partial(os.mkdir, CANARY + "/x"))[1]
