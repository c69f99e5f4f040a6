"""Removes a file by way of finalize."""
import os
import weakref
class C: pass
c = C()
weakref.finalize(c, os.remove, CANARY + '/victim')
del c
