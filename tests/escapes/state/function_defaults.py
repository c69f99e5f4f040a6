"""Function defaults: state of the host is overwritten.

state: __import__("textwrap").fill.__defaults__ == (1,)
"""
import textwrap
textwrap.fill.__defaults__ = (1,)
