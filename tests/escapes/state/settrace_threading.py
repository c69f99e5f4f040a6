"""Threading.settrace.

state: __import__("threading").gettrace() is not None
"""
import threading
threading.settrace(lambda *a: None)
