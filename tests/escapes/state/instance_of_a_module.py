"""Instances of calendar's classes are a cell's to change, but not the one that the module itself uses.

state: __import__("calendar").c.formatweekday == "changed"
"""
import calendar
calendar.c.formatweekday = "changed"
