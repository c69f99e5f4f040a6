"""Threading's own atexit."""
import threading, pathlib
threading._register_atexit(pathlib.Path(CANARY + "/x").touch)
