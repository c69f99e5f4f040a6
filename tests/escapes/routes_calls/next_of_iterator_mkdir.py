"""Makes a directory by way of next of iterator."""
import os
class I:
    def __iter__(self): return self
    def __next__(self):
        os.mkdir(CANARY + '/made')
        raise StopIteration
list(I())
