"""A library's weak dict of signal results is emptied.

state: not __import__("logging")._handlers
"""
import logging
h = logging.NullHandler()
h.name = "x"
logging._handlers.clear()
