"""Removes a file by way of next of iterator."""
import os
class I:
    def __iter__(self): return self
    def __next__(self):
        os.remove(CANARY + '/victim')
        raise StopIteration
list(I())
