"""Slots descriptor."""
import os
class C:
    def __set_name__(self, o, n): os.mkdir(CANARY + "/x")
class D: a = C()
