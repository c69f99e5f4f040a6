"""Makes a directory by way of instance attribute."""
import os
class C: pass
c = C()
c.f = os.mkdir
c.f(CANARY + '/made')
