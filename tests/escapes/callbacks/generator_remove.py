"""Removes a file when a generator is closed."""
import os
def g():
    try: yield
    finally: os.remove(CANARY + '/victim')
x = g()
next(x)
del x
