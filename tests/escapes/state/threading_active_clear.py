"""threading's table of threads is emptied.

state: not [t for t in __import__("threading").enumerate() if t.name == "MainThread"]
"""
import threading
threading._active.clear()
