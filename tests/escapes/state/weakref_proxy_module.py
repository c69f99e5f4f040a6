"""A weak proxy of a module is written to.

state: __import__("keyword").kwlist == 5
"""
import keyword, weakref
weakref.proxy(keyword).kwlist = 5
