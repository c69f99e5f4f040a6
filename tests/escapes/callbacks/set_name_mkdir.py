"""Makes a directory from __set_name__."""
import os
class D:
    def __set_name__(self, owner, name): os.mkdir(CANARY + '/made')
class C:
    d = D()
