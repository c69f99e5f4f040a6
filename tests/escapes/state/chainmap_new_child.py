"""ChainMap's first map is a module's namespace.

state: __import__("keyword").kwlist == 5
"""
import collections, keyword
c = collections.ChainMap()
c.maps.insert(0, keyword.__dict__)
c["kwlist"] = 5
