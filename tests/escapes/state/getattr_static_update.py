"""A registry that is found without getattr is updated.

state: __import__("sys").modules.get("evil") == 5
"""
import inspect, sys
inspect.getattr_static(sys, "modules").update(evil=5)
