"""Removes a file by way of star args."""
import os
def call(f, *args): return f(*args)
call(os.remove, CANARY + '/victim')
