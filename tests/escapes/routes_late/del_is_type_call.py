"""Del is type call."""
import pathlib
C = type("C", (), {"__del__": pathlib.Path(CANARY + "/x").touch})
_c = C()
