"""All thread pools of the process are shut down.

state: __import__("concurrent.futures.thread", fromlist=["x"])._shutdown
"""
import concurrent.futures.thread
concurrent.futures.thread._python_exit()
