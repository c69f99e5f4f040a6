"""ast's helper stores to a module.

state: getattr(__import__("keyword"), "elts", None) == 5
"""
import ast, keyword
ast._dims_setter(keyword, 5)
