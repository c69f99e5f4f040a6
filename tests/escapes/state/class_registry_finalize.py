"""The registry of finalizers is emptied.

state: not __import__("weakref").finalize._registry
"""
import weakref
class A: pass
a = A()
f = weakref.finalize(a, print)
weakref.finalize._registry.clear()
