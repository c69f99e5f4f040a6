"""Starts a program by way of starmap."""
import os
import itertools
list(itertools.starmap(os.system, [('touch ' + CANARY + '/spawned',)]))
