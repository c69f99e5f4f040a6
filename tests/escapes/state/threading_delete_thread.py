"""The main thread is taken out of threading's list.

state: __import__("threading").current_thread().__class__.__name__ == "_DummyThread"
"""
import threading
threading.main_thread()._delete()
