"""Logging level names.

state: __import__("logging").getLevelName(10) == "EVIL"
"""
import logging
logging._levelToName[10] = "EVIL"
