"""Sys modules by operator: state of the host is overwritten.

state: __import__("sys").modules["json"] == 1
"""
import sys, operator
operator.setitem(sys.modules, "json", 1)
