"""dict.update through the class.

state: __import__("copyreg").dispatch_table.get(5) == 5
"""
import copyreg
dict.update(copyreg.dispatch_table, {5: 5})
