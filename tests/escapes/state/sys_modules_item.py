"""Sys modules item: state of the host is overwritten.

state: __import__("sys").modules["json"] == 1
"""
import sys
sys.modules["json"] = 1
