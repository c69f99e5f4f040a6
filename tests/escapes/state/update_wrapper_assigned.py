"""functools.update_wrapper with a chosen list of attributes.

state: __import__("keyword").kwlist == 5
"""
import functools, keyword
class F: kwlist = 5
functools.update_wrapper(keyword, F, ("kwlist",), ())
