"""Memory handler.

host: __import__("logging").error("x")
"""
import logging, logging.handlers
h = logging.FileHandler(ALLOWED + "/log", delay=True)
h.baseFilename = CANARY + "/log"
logging.getLogger().addHandler(logging.handlers.MemoryHandler(1, target=h))
