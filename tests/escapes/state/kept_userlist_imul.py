"""A library's UserList is repeated by a statement.

given: library
state: list(__import__("kept").USER_LIST) != [3, 1, 2]
"""
import kept
rows = kept.USER_LIST
rows *= 2
