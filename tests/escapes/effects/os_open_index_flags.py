"""Flags by __index__ that answers differently the second time."""
import os
class F:
    n = 0
    def __index__(self):
        F.n += 1
        return 0 if F.n == 1 else os.O_WRONLY | os.O_CREAT
for i in range(3):
    try: os.open(CANARY + "/new", F())
    except Exception: pass
