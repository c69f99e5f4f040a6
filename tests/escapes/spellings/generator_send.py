"""Generator send."""
import os
def g():
    f = yield
    f(CANARY + "/x")
x = g(); next(x)
try: x.send(os.mkdir)
except StopIteration: pass
