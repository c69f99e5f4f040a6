"""Putenv preload: state of the host is overwritten.

state: "LD_PRELOAD" in __import__("os").environ
"""
import os
os.environ["LD_PRELOAD"] = "/evil.so"
