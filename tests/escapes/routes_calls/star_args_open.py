"""Opens a file for writing by way of star args."""
import os
def call(f, *args): return f(*args)
call(open, CANARY + '/written', 'w')
