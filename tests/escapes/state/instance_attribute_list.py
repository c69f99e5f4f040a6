"""A library's list as an attribute of an own object.

state: 5 in __import__("keyword").kwlist
"""
import keyword
class C: pass
c = C()
c.x = keyword.kwlist
c.x.append(5)
