"""Violations that can be seen in a file, without running it."""
from __future__ import annotations

import ast
import json
import sys
import urllib.parse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import decode_source
from pathlib import Path

import _safepyrun
from _safepyrun import Denied

from .. import __version__, core

assert core # which installs the sandbox


@dataclass
class Violation:
    "line from 1, column from 1, in characters; kind: 'syntax', 'reflect', 'call'."

    file: str
    line: int
    column: int
    kind: str
    name: str
    reason: str


def check_file(name: str, calls: bool = False) -> list[Violation]:
    "All violations in a file ('-' is standard input), in its order. Raises OSError."
    source = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        tree = compile(source, name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        return [Violation(name, error.lineno or 1, error.offset or 1, "syntax", type(error).__name__, error.msg)]
    except ValueError as error: # null characters
        return [Violation(name, 1, 1, "syntax", "ValueError", str(error))]
    lines = decode_source(source).split("\n")

    def column(line: int, offset: int) -> int: # the parser counts bytes of UTF-8
        return len(lines[line - 1].encode()[:offset].decode(errors="replace")) + 1

    found = []
    try:
        _safepyrun.check(tree)
    except Denied as refusal:
        found = [Violation(name, line, column(line, offset), "reflect", what, why) for line, offset, what, why in refusal.violations]
    if calls:
        found += [Violation(name, node.lineno, column(node.lineno, node.col_offset), "call", dotted, why)
                  for node, dotted, why in _refused_calls(tree)]
    return sorted(found, key=lambda violation: (violation.line, violation.column, violation.name))


def _refused_calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    "Calls whose function has, by its imports, a name that a list refuses."
    meaning: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                meaning[alias.asname or alias.name.partition(".")[0]] = alias.name if alias.asname else alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                meaning[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (dotted := _dotted(node.func, meaning)):
            for name, grade, _, why in _safepyrun.policy_search(dotted):
                if name == dotted and grade == "deny":
                    yield node, dotted, why or "it is refused"


def _dotted(node: ast.AST, meaning: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return meaning.get(node.id)
    owner = _dotted(node.value, meaning) if isinstance(node, ast.Attribute) else None
    return f"{owner}.{node.attr}" if owner and isinstance(node, ast.Attribute) else None


def show(found: list[Violation], form: str) -> str:
    "As text, JSON or SARIF 2.1.0."
    if form == "json":
        return json.dumps([asdict(violation) for violation in found]) + "\n"
    if form == "sarif":
        return json.dumps(_sarif(found), indent=1) + "\n"
    return "".join(f"{v.file}:{v.line}:{v.column}: {v.name}: {v.reason}\n" for v in found)


_RULES = {"syntax": "It is not Python.", "reflect": "It reaches the insides of other code, which no later rule could judge.",
          "call": "It calls what the sandbox's lists refuse."}


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else urllib.parse.quote("stdin" if file == "-" else path.as_posix())


def _sarif(found: list[Violation]) -> dict[str, object]:
    driver = {"name": "safepyrun", "version": __version__,
              "rules": [{"id": kind, "shortDescription": {"text": text}} for kind, text in _RULES.items()]}
    results = [{"ruleId": v.kind, "level": "error", "message": {"text": f"{v.name}: {v.reason}"},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(v.file)},
                                                    "region": {"startLine": v.line, "startColumn": v.column}}}]} for v in found]
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}]}
