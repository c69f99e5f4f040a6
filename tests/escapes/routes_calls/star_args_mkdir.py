"""Makes a directory by way of star args."""
import os
def call(f, *args): return f(*args)
call(os.mkdir, CANARY + '/made')
