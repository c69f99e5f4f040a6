"""Opens a file for writing by way of next of iterator."""
import os
class I:
    def __iter__(self): return self
    def __next__(self):
        open(CANARY + '/written', 'w')
        raise StopIteration
list(I())
