"""The initializer of one class makes an instance that another module shares anew.

state: hasattr(__import__("calendar").c, "skipkeys")
"""
import calendar, json
json.JSONEncoder.__init__(calendar.c)
