"""exec with a module's registry as its namespace.

state: __import__("copyreg").dispatch_table.get("planted") == 5
"""
import copyreg
exec("planted = 5", {}, copyreg.dispatch_table)
