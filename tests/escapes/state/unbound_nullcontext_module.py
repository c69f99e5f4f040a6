"""A method of a library's class, called with a module as self.

state: __import__("keyword").enter_result == 5
"""
import contextlib, keyword
contextlib.nullcontext.__init__(keyword, 5)
