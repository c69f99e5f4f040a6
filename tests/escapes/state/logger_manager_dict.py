"""Loggers are replaced in the manager's dict.

state: __import__("logging").getLogger("a.b.c") == 5
"""
import logging
logging.Logger.manager.loggerDict["a.b.c"] = 5
