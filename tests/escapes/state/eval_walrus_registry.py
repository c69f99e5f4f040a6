"""eval whose locals are a module's registry.

state: __import__("copyreg").dispatch_table.get("planted") == 5
"""
import copyreg
eval("(planted := 5)", {}, copyreg.dispatch_table)
