"""A Path subclass that changes its parts between check and use."""
import pathlib
class P(type(pathlib.Path())):
    n = 0
    def __fspath__(self):
        P.n += 1
        return ALLOWED + "/x" if P.n < 2 else CANARY + "/new"
    __str__ = __fspath__
p = P(ALLOWED)
for i in range(3):
    try: p.write_text("x")
    except Exception: pass
    try: open(p, "w")
    except Exception: pass
