"""Sys.setprofile.

state: __import__("sys").getprofile() is not None
"""
import sys
sys.setprofile(lambda *a: None)
