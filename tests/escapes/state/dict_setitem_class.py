"""dict.__setitem__ through the class, on a module's registry.

state: __import__("copyreg").dispatch_table.get(5) == 5
"""
import copyreg
dict.__setitem__(copyreg.dispatch_table, 5, 5)
