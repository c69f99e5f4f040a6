"""Logging rotating."""
import logging.handlers
h = logging.handlers.RotatingFileHandler(ALLOWED + "/l", maxBytes=1, backupCount=1)
h.namer = lambda n: CANARY + "/x"
h.rotate(ALLOWED + "/l", CANARY + "/x")
