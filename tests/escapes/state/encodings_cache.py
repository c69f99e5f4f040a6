"""The cache of encodings.

state: "evil" in __import__("encodings")._cache
"""
import encodings
encodings._cache["evil"] = None
