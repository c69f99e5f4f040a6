"""A log handler of a subclass that opens its file at the first record."""
import logging
class H(logging.FileHandler):
    pass
h = H(CANARY + "/log", delay=True)
h.emit(logging.LogRecord("a", 40, "p", 1, "text", (), None))
