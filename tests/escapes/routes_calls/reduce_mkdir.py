"""Makes a directory by way of reduce."""
import os
import functools
functools.reduce(lambda _, args: os.mkdir(*args), [(CANARY + '/made',)], None)
