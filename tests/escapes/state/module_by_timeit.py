"""Module by timeit: state of the host is overwritten.

state: __import__("json").loads is None
"""
import timeit
timeit.timeit("json.loads = None", "import json", number=1)
