"""A log handler that opens its file when the program logs later."""
import logging
class H(logging.FileHandler):
    pass
logging.getLogger().addHandler(H(CANARY + "/log", delay=True))
import atexit
atexit.register(logging.error, "text")
