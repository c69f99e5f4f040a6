"""Module spec edit.

state: __import__("colorsys").__spec__.origin == "evil"
"""
import colorsys
colorsys.__spec__.origin = "evil"
