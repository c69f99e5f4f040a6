"""Environ encodekey.

state: __import__("os").environ.get("BASH_ENV") == "x"
"""
import os
class E(type(os.environ)): pass
os.environ.update(BASH_ENV="x")
