"""sympy's second parser evaluates a store to sys.modules.

state: __import__("sys").modules.get("evil") == 1
"""
from sympy.parsing.ast_parser import parse_expr
parse_expr("[x for __import__('sys').modules['evil'] in [1]]", {"__import__": __import__, "x": 1})
