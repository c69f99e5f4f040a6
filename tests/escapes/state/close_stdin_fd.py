"""A descriptor of the host is closed through a file object."""
import os
os.close(0)
f = os.fdopen(1, "w", closefd=True)
f.close()
import pathlib
pathlib.Path(CANARY + "/closed").touch()
