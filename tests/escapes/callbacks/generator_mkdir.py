"""Makes a directory when a generator is closed."""
import os
def g():
    try: yield
    finally: os.mkdir(CANARY + '/made')
x = g()
next(x)
del x
