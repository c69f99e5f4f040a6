"""Removes a file by way of partial."""
import os
import functools
functools.partial(os.remove, CANARY + '/victim')()
