"""Inspect getmembers."""
import inspect, os
dict(inspect.getmembers(os))["mkdir"](CANARY + "/x")
