"""Compiled tree: the effect lies outside of ok_dests."""
import ast
exec(compile(ast.parse(f"open({CANARY + '/w'!r}, 'w')"), "x", "exec"))
