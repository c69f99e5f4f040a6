"""Sys modules pop.

state: "json" not in __import__("sys").modules
"""
import sys, json
sys.modules.pop("json")
