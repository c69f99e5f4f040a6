"""Rule sets for code that a model wrote, each on top of the sandbox: `standard` is the sandbox alone, `strict` leaves less of the language."""
from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from typing import Any

import _safepyrun
from _safepyrun import Denied

# Builtins that `strict` code may name: what computes. Exceptions and warnings are added below.
_COMPUTE = """abs all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate filter float format frozenset hash hex id int
isinstance issubclass iter len list map max min next oct ord pow print range repr reversed round set slice sorted str sum tuple type zip aiter
anext False None True NotImplemented Ellipsis object""".split()
_EXCEPTIONS = [name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)]

PROFILES: dict[str, frozenset[str] | None] = {"standard": None, "strict": frozenset(_COMPUTE + _EXCEPTIONS)}

_strict_builtins = {name: getattr(builtins, name) for name in PROFILES["strict"] or ()} | {
    name: getattr(builtins, name) for name in ("__build_class__", "__import__")} # the interpreter's own need of them; code cannot name them


class SecurityViolation(PermissionError):
    "The code may not do that. `.violations`: list of str, each thing that was found."

    def __init__(self, violations: Iterable[str]) -> None:
        self.violations = list(violations)
        super().__init__("; ".join(self.violations))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.violations,)


def builtins_of(profile: str) -> dict[str, Any]:
    "A new dict of the builtins that code of the profile has. Raises ValueError when there is no such profile."
    if profile not in PROFILES:
        raise ValueError(f"profile is one of {', '.join(map(repr, PROFILES))}, not {profile!r}")
    return dict(vars(builtins) if PROFILES[profile] is None else _strict_builtins)


def parse(code: str, name: str) -> ast.Module:
    "The syntax tree; `await` may stand at the top level. Raises SyntaxError."
    tree = compile(code, name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert isinstance(tree, ast.Module)
    return tree


def strict_violations(tree: ast.AST, given: Iterable[str] = ()) -> list[str]:
    "What `strict` forbids, in the order of the code, each once. given: names that the code was given."
    found: list[tuple[int, int, str]] = []
    names: list[ast.Name] = []
    bound = set(given)
    allowed = PROFILES["strict"] or frozenset()
    for node in ast.walk(tree):
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is ast.Load: # type: ignore[attr-defined]
                names.append(node) # type: ignore[arg-type]
            else:
                bound.add(node.id) # type: ignore[attr-defined]
        elif kind in _NAMED:
            for said in _NAMED[kind](node, bound):
                found.append((node.lineno, node.col_offset, said)) # type: ignore[attr-defined]
    for name in names:
        if name.id not in bound and name.id not in allowed:
            if name.id != "__name__" and (_is_dunder(name.id) or hasattr(builtins, name.id)):
                found.append((name.lineno, name.col_offset, f"Builtin blocked: {name.id}"))
    return list(dict.fromkeys(said for _, _, said in sorted(found)))


def _is_dunder(name: str | None) -> bool:
    return name is not None and name.startswith("__") and name.endswith("__")


def _dunders(names: Iterable[str | None]) -> list[str]:
    return [f"Dunder blocked: {name}" for name in names if _is_dunder(name)]


def _function(node: Any, bound: set[str]) -> list[str]:
    bound.add(node.name)
    return []


def _argument(node: Any, bound: set[str]) -> list[str]:
    bound.add(node.arg)
    return []


def _handler(node: Any, bound: set[str]) -> list[str]:
    if node.name:
        bound.add(node.name)
    return []


_NAMED: dict[type, Any] = {
    ast.Import: lambda node, bound: [f"Import blocked: {alias.name}" for alias in node.names],
    ast.ImportFrom: lambda node, bound: [f"Import blocked: {'.' * node.level}{node.module or ''}"],
    ast.ClassDef: lambda node, bound: [f"Class blocked: {node.name}"],
    ast.Attribute: lambda node, bound: _dunders([node.attr]),
    ast.MatchClass: lambda node, bound: _dunders(node.kwd_attrs),
    ast.FunctionDef: _function, ast.AsyncFunctionDef: _function, ast.arg: _argument, ast.ExceptHandler: _handler,
    ast.MatchAs: _handler, ast.MatchStar: _handler,
}


def violations(code: str, profile: str, given: Iterable[str] = ()) -> list[str]:
    "All that the profile and the sandbox find before the code runs; [] when it may run. Raises ValueError for an unknown profile."
    builtins_of(profile)
    try:
        tree = parse(code, "<code>")
    except (SyntaxError, ValueError) as error: # ValueError: null characters
        return [f"Syntax error: {error}"]
    found = strict_violations(tree, given) if profile == "strict" else []
    try:
        _safepyrun.check(tree)
    except Denied as refusal:
        found += [said for said in _sandbox_violations(refusal) if said not in found]
    return found


def _sandbox_violations(refusal: Denied) -> list[str]:
    listed = getattr(refusal, "violations", None) or []
    said = [f"Dunder blocked: {name}" if _is_dunder(name) else f"Reflection blocked: {name}" for _, _, name, _ in listed]
    return list(dict.fromkeys(said)) or [str(refusal)]
