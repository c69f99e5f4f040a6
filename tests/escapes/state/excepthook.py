"""Excepthook: state of the host is overwritten.

state: __import__("sys").excepthook is None
"""
import sys
sys.excepthook = None
