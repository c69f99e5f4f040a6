"""A with statement closes the host's stdout.

state: __import__("sys").stdout.closed
"""
import sys
with sys.stdout as f: f.write("x")
