"""An item of a library's list of a class of its own.

given: library
state: list(__import__("kept")._OWN_LIST) != [3, 1, 2]
"""
import kept
kept._OWN_LIST[0] = 9
