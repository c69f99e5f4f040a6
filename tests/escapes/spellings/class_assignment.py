"""Class assignment.

state: type(__import__("logging").root).__name__ == "E"
"""
import logging
class E(type(logging.root)): pass
logging.root.__class__ = E
