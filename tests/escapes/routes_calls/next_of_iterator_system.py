"""Starts a program by way of next of iterator."""
import os
class I:
    def __iter__(self): return self
    def __next__(self):
        os.system('touch ' + CANARY + '/spawned')
        raise StopIteration
list(I())
