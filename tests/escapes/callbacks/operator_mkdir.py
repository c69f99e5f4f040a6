"""Makes a directory from an operator."""
import os
class C:
    def __add__(self, other): return os.mkdir(CANARY + '/made')
C() + 1
