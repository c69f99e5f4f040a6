"""Opens a file for writing by way of default factory."""
import os
import collections, functools
collections.defaultdict(functools.partial(open, CANARY + '/written', 'w'))['x']
