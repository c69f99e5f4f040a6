"""os.environ's own attributes by its __dict__.

state: __import__("os").environ.decodekey == 5
"""
import os
os.environ.__dict__["decodekey"] = 5
