"""The buffer of the host's stdout is closed.

state: __import__("sys").stdout.buffer.closed
"""
import sys
sys.stdout.buffer.close()
