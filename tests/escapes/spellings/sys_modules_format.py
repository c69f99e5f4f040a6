"""Sys modules format.

state: "evil" in __import__("sys").modules
"""
import string, sys
string.Formatter().get_field("0.modules", (sys,), {})[0]["evil"] = 1
