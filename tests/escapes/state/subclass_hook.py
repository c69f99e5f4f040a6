"""Subclass hook: state of the host is overwritten.

state: isinstance(5, __import__("collections.abc").abc.Sized)
"""
import collections.abc
collections.abc.Sized.__subclasshook__ = classmethod(lambda c, x: True)
