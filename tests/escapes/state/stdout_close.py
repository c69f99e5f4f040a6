"""The host's stdout is closed.

state: __import__("sys").stdout.closed
"""
import sys
sys.stdout.close()
