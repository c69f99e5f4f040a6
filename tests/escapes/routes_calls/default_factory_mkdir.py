"""Makes a directory by way of default factory."""
import os
import collections, functools
collections.defaultdict(functools.partial(os.mkdir, CANARY + '/made'))['x']
