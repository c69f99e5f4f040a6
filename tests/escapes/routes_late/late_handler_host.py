"""The host logs to a handler that opens its file then.

host: __import__("logging").error("x")
"""
import logging
class H(logging.FileHandler):
    pass
logging.getLogger().addHandler(H(CANARY + "/log", delay=True))
