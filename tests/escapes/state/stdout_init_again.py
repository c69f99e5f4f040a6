"""The host's stdout is made anew over another buffer.

state: __import__("sys").stdout.buffer.__class__.__name__ == "BytesIO"
"""
import io, sys
io.TextIOWrapper.__init__(sys.stdout, io.BytesIO())
