"""os.environ's own attributes by vars.

state: __import__("os").environ.decodekey == 5
"""
import os
vars(os.environ).update(decodekey=5)
