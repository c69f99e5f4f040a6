"""Sys path hooks append.

state: len(__import__("sys").path_hooks) > 2
"""
import sys
sys.path_hooks.append(lambda p: 1)
