"""Thread low."""
import _thread, time, pathlib
_thread.start_new_thread(pathlib.Path(CANARY + "/x").touch, ())
time.sleep(0.05)
