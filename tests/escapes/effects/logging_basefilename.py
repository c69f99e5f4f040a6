"""A FileHandler's baseFilename is changed."""
import logging
h = logging.FileHandler(ALLOWED + "/log", delay=True)
h.baseFilename = CANARY + "/log"
h.emit(logging.makeLogRecord({"msg": "x"}))
