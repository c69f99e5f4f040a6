"""Faulthandler file."""
import faulthandler
faulthandler.dump_traceback(file=open(CANARY + "/x", "w"))
