"""Exc with traceback next."""
import sys
try: 1 / 0
except Exception: sys.exc_info()[2].tb_frame.f_builtins["open"](CANARY + "/x", "w")
