"""Late handler list.

host: __import__("logging").error("x")
"""
import logging
h = logging.FileHandler(ALLOWED + "/log", delay=True)
h.baseFilename = CANARY + "/log"
logging.getLogger().handlers = [h]
