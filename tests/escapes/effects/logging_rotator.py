"""A rotating handler's rotator and namer."""
import logging.handlers, os
h = logging.handlers.RotatingFileHandler(ALLOWED + "/log", maxBytes=1, backupCount=1)
h.rotator = lambda source, dest: os.rename(CANARY + "/victim", CANARY + "/v2")
h.emit(logging.makeLogRecord({"msg": "x"})); h.emit(logging.makeLogRecord({"msg": "x"}))
