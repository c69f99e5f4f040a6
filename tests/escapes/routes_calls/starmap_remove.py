"""Removes a file by way of starmap."""
import os
import itertools
list(itertools.starmap(os.remove, [(CANARY + '/victim',)]))
