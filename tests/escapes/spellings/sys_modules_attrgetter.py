"""Sys modules attrgetter.

state: "evil" in __import__("sys").modules
"""
import operator, sys
operator.attrgetter("modules")(sys)["evil"] = 1
