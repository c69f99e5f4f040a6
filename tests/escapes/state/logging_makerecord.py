"""A LogRecord's __init__ fills another object.

state: __import__("keyword").name == "x"
"""
import keyword, logging
logging.LogRecord.__init__(keyword, "x", 1, "p", 1, "m", (), None)
