"""Makes a directory by way of partial."""
import os
import functools
functools.partial(os.mkdir, CANARY + '/made')()
