"""Removes a file by way of default factory."""
import os
import collections, functools
collections.defaultdict(functools.partial(os.remove, CANARY + '/victim'))['x']
