"""ChainMap's first map is a module's registry.

state: __import__("copyreg").dispatch_table.get(5) == 5
"""
import collections, copyreg
collections.ChainMap(copyreg.dispatch_table)[5] = 5
