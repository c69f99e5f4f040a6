"""Opens a file for writing by way of finalize."""
import os
import weakref
class C: pass
c = C()
weakref.finalize(c, open, CANARY + '/written', 'w')
del c
