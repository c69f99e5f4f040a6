"""A property's setter changes a registry.

state: __import__("copyreg").dispatch_table.get(5) == 5
"""
import copyreg
class O:
    x = property(None, lambda self, v: copyreg.dispatch_table.update({5: v}))
O().x = 5
