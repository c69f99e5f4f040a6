"""The sort of such a list is kept first.

given: library
state: list(__import__("kept")._OWN_LIST) != [3, 1, 2]
"""
import kept
f = kept._OWN_LIST.sort
f()
