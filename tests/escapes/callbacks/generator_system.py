"""Starts a program when a generator is closed."""
import os
def g():
    try: yield
    finally: os.system('touch ' + CANARY + '/spawned')
x = g()
next(x)
del x
