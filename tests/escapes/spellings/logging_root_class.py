"""Logging root class.

state: __import__("logging")._loggerClass.__name__ == "L"
"""
import logging
class L(logging.Logger): pass
logging.setLoggerClass(L)
