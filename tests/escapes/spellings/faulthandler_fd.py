"""Faulthandler fd."""
import faulthandler, os
faulthandler.enable(file=3) if 0 else faulthandler.dump_traceback(os.open(CANARY + "/x", os.O_CREAT | os.O_WRONLY))
