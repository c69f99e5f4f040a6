"""The same, the list given by its name.

given: program
state: __import__("kept").LIST != [3, 1, 2]
"""
import bisect, kept
bisect.insort(a=kept.LIST, x=0)
