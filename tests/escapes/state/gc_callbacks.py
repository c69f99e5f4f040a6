"""Gc.callbacks.

state: len(__import__("gc").callbacks) > 0
"""
import gc
gc.callbacks.append(lambda *a: None)
