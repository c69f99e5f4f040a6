"""Such a list is appended to.

given: library
state: list(__import__("kept")._OWN_LIST) != [3, 1, 2]
"""
import kept
kept._OWN_LIST.append(1)
