"""The calendar that the module uses is made anew.

state: __import__("calendar").c.getfirstweekday() == 3
"""
import calendar
calendar.TextCalendar.__init__(calendar.c, 3)
