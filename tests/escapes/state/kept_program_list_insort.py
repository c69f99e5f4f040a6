"""bisect.insort into a list of a module of the program's.

given: program
state: __import__("kept").LIST != [3, 1, 2]
"""
import bisect, kept
bisect.insort(kept.LIST, 0)
