"""Ssl keylog env.

state: __import__("os").environ.get("SSLKEYLOGFILE")
"""
import os
os.environ["SSLKEYLOGFILE"] = CANARY + "/x"
