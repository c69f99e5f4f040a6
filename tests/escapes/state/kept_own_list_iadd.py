"""Such a list grows by a statement.

given: library
state: list(__import__("kept")._OWN_LIST) != [3, 1, 2]
"""
import kept
rows = kept._OWN_LIST
rows += [1]
