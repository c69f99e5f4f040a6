"""delattr by map.

state: not hasattr(__import__("keyword"), "kwlist")
"""
import keyword
list(map(delattr, [keyword], ["kwlist"]))
