"""Removes a file by way of reduce."""
import os
import functools
functools.reduce(lambda _, args: os.remove(*args), [(CANARY + '/victim',)], None)
