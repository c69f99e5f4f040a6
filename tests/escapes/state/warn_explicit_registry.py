"""warnings.warn_explicit writes its registry into sys.modules.

state: "version" in __import__("sys").modules
"""
import sys, warnings
warnings.warn_explicit("m", UserWarning, "f", 1, "x", sys.modules)
