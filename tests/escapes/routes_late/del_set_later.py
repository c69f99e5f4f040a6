"""Del set later."""
import pathlib
class C: pass
C.__del__ = pathlib.Path(CANARY + "/x").touch
_c = C()
