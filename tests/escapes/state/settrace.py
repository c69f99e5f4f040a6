"""Settrace: state of the host is overwritten.

state: __import__("sys").gettrace() is not None
"""
import sys
sys.settrace(lambda *a: None)
