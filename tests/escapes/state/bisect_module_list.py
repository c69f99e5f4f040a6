"""bisect.insort into a module's list.

state: "zz" in __import__("keyword").kwlist
"""
import bisect, keyword
bisect.insort(keyword.kwlist, "zz")
