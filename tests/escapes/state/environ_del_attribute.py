"""An attribute of os.environ is deleted.

state: not hasattr(__import__("os").environ, "decodekey")
"""
import os
del os.environ.decodekey
