"""Opens a file for writing by way of partial."""
import os
import functools
functools.partial(open, CANARY + '/written', 'w')()
