"""A library's registry under an own name, then emptied.

state: not __import__("copyreg").dispatch_table
"""
import copyreg
table = copyreg.dispatch_table
table.clear()
