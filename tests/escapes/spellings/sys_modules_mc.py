"""Sys modules mc.

state: "evil" in __import__("sys").modules
"""
import sys, operator
operator.methodcaller("update", evil=1)(sys.modules)
