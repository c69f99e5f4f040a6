"""A weak set of a module's.

state: len(__import__("threading")._dangling) == 0
"""
import threading
threading._dangling.clear()
