"""Threading active.

state: "evil" in __import__("threading")._active
"""
import threading
threading._active["evil"] = 1
