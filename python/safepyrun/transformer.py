"""SafeTransformer: the sandbox's validation, for programs that work on syntax trees."""
from __future__ import annotations

import ast
from typing import Any

import _safepyrun
from _safepyrun import Denied


class SafeTransformer(ast.NodeTransformer):
    """Validate a syntax tree as the sandbox does before it runs anything; `visit` returns the tree unchanged.

    errors, warnings: lists that messages are appended to; used_names: dict that the names read are counted in.
    """

    def __init__(self, errors: list[str] | None = None, warnings: list[str] | None = None, used_names: dict[str, int] | None = None) -> None:
        self.errors = [] if errors is None else errors
        self.warnings = [] if warnings is None else warnings
        self.used_names = {} if used_names is None else used_names

    def visit(self, node: ast.AST) -> Any:
        tree = node if isinstance(node, ast.mod) else ast.Module([node], []) if isinstance(node, ast.stmt) else ast.Expression(node) # type: ignore[arg-type]
        try:
            _safepyrun.check(ast.fix_missing_locations(tree))
        except Denied as e:
            self.errors.extend(str(e).splitlines())
        for name in ast.walk(tree):
            if isinstance(name, ast.Name):
                self.used_names[name.id] = self.used_names.get(name.id, 0) + 1
        return node
