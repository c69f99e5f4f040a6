"""Sys modules update: state of the host is overwritten.

state: __import__("sys").modules["json"] == 1
"""
import sys
sys.modules.update(json=1)
