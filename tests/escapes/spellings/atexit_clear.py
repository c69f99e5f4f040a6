"""Atexit clear.

state: not __import__("atexit")._ncallbacks()
"""
import atexit
atexit._clear()
