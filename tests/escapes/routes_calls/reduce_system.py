"""Starts a program by way of reduce."""
import os
import functools
functools.reduce(lambda _, args: os.system(*args), [('touch ' + CANARY + '/spawned',)], None)
