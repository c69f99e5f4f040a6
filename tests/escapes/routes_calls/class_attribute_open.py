"""Opens a file for writing by way of class attribute."""
import os
class C:
    f = staticmethod(open)
C.f(CANARY + '/written', 'w')
