"""Package path.

state: "/evil" in __import__("json").__path__
"""
import json
json.__path__.append("/evil")
