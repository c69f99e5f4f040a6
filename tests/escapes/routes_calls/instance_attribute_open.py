"""Opens a file for writing by way of instance attribute."""
import os
class C: pass
c = C()
c.f = open
c.f(CANARY + '/written', 'w')
