"""Module loader path.

state: __import__("colorsys").__loader__.path == "evil"
"""
import colorsys
colorsys.__loader__.path = "evil"
