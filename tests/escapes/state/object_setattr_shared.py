"""An instance that a module shares gets an attribute past its class.

state: hasattr(__import__("calendar").c, "evil")
"""
import calendar
object.__setattr__(calendar.c, "evil", 1)
