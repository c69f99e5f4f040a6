"""An augmented assignment to a library's list under an own name.

state: 5 in __import__("keyword").kwlist
"""
import keyword
k = keyword.kwlist
k += [5]
