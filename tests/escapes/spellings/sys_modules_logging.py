"""Sys modules logging.

state: "evil" in __import__("sys").modules
"""
import logging
logging.sys.modules["evil"] = 1
