"""Index dunder."""
import os
class C:
    def __index__(self): os.mkdir(CANARY + "/x"); return 0
[1][C()]
