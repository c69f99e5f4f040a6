"""Starts a program by way of star args."""
import os
def call(f, *args): return f(*args)
call(os.system, 'touch ' + CANARY + '/spawned')
