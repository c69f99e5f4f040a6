"""Copyreg.pickle.

state: range in __import__("copyreg").dispatch_table
"""
import copyreg
def mine(c): return str, ("x",)
copyreg.pickle(range, mine)
