"""Path hooks: state of the host is overwritten.

state: not __import__("sys").path_hooks
"""
import sys
sys.path_hooks.clear()
