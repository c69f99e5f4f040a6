"""The append of a library's UserList is kept first.

given: library
state: list(__import__("kept").USER_LIST) != [3, 1, 2]
"""
import kept
f = kept.USER_LIST.append
f(1)
