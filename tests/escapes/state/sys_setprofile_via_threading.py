"""Sys.setprofile by all threads.

state: __import__("sys").getprofile() is not None
"""
import threading
threading.setprofile_all_threads(lambda *a: None) if hasattr(threading, "setprofile_all_threads") else __import__("sys").setprofile(lambda *a: None)
