"""Copyreg's dispatch table.

state: complex in __import__("copyreg").dispatch_table and __import__("copyreg").dispatch_table[complex].__name__ == "mine"
"""
import copyreg
def mine(c): return str, ("x",)
copyreg.dispatch_table[complex] = mine
