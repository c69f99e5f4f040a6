"""Threading.excepthook.

state: getattr(__import__("threading").excepthook, "__name__", "") == "mine"
"""
import threading
def mine(*a): pass
threading.excepthook = mine
