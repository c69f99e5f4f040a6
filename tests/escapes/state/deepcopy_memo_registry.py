"""deepcopy's memo is a module's registry.

state: bool([k for k in __import__("copyreg").dispatch_table if type(k) is int])
"""
import copy, copyreg
copy.deepcopy([1, 2], copyreg.dispatch_table)
