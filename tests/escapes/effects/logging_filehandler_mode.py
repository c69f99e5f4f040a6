"""A FileHandler opens late."""
import logging
h = logging.FileHandler(CANARY + "/log", delay=True)
h.emit(logging.makeLogRecord({"msg": "x"}))
