"""A namer that sends old logs elsewhere."""
import logging.handlers
h = logging.handlers.RotatingFileHandler(ALLOWED + "/log", maxBytes=1, backupCount=1)
h.namer = lambda name: CANARY + "/old"
for i in range(3): h.emit(logging.makeLogRecord({"msg": "x"}))
