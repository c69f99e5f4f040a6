"""A weak set of a module's loses its items.

state: not len(__import__("threading")._dangling)
"""
import threading
d = threading._dangling
for t in list(d):
    d.discard(t)
