"""An unbound method given to map.

state: getattr(__import__("keyword"), "thing", None) == 5
"""
import contextlib, keyword
list(map(contextlib.closing.__init__, [keyword], [5]))
