"""Starts a program by way of partial."""
import os
import functools
functools.partial(os.system, 'touch ' + CANARY + '/spawned')()
