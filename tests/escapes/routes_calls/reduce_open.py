"""Opens a file for writing by way of reduce."""
import os
import functools
functools.reduce(lambda _, args: open(*args), [(CANARY + '/written', 'w',)], None)
