"""Removes a file from __set_name__."""
import os
class D:
    def __set_name__(self, owner, name): os.remove(CANARY + '/victim')
class C:
    d = D()
