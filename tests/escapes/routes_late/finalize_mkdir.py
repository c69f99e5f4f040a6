"""Makes a directory by way of finalize."""
import os
import weakref
class C: pass
c = C()
weakref.finalize(c, os.mkdir, CANARY + '/made')
del c
