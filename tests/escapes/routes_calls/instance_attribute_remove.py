"""Removes a file by way of instance attribute."""
import os
class C: pass
c = C()
c.f = os.remove
c.f(CANARY + '/victim')
