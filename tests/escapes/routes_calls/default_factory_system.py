"""Starts a program by way of default factory."""
import os
import collections, functools
collections.defaultdict(functools.partial(os.system, 'touch ' + CANARY + '/spawned'))['x']
