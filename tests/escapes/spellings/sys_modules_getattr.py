"""Sys modules getattr.

state: "evil" in __import__("sys").modules
"""
import sys
getattr(sys, "modules")["evil"] = 1
