"""The end of all threads is brought forward.

state: __import__("threading")._main_thread is not __import__("threading").current_thread() or __import__("concurrent.futures.thread", fromlist=["x"])._shutdown
"""
import concurrent.futures.thread, threading
threading._shutdown()
