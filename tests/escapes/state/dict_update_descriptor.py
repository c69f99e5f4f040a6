"""dict.update bound by its descriptor.

state: __import__("copyreg").dispatch_table.get(5) == 5
"""
import copyreg
dict.update.__get__(copyreg.dispatch_table)({5: 5})
