"""The run itself, in the process that was made for it: request in, reply out, both as JSON holds them."""
from __future__ import annotations

import ast
import asyncio
import builtins
import linecache
import os
import sys
import traceback
import types
from typing import Any

import _safepyrun
from _safepyrun import Denied

from . import wire
from ..values import NotJSON, to_json

FILE_NAME = "<code>"


def _names_module(listed: list[str], name: str) -> bool:
    "Is `name`, or a package that it lies in, in the list?"
    parts = name.split(".")
    return any(".".join(parts[:end]) in listed for end in range(1, len(parts) + 1))


def _bound_names(tree: ast.AST) -> set[str]:
    "The names that the code gives a meaning of its own, anywhere."
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
    return found


class Symbols:
    "What of imports and builtins a policy (dict) leaves."

    def __init__(self, policy: dict[str, Any]) -> None:
        self.only: bool = policy["mode"] == "allow"
        self.imports: list[str] = policy["allowed_imports" if self.only else "blocked_imports"]
        self.builtins: list[str] = policy["allowed_builtins" if self.only else "blocked_builtins"]
        self.globals: list[str] = policy["allowed_globals" if self.only else "blocked_globals"]

    def may_import(self, name: str, *below: str) -> bool:
        "`import name`, or `from name import below`."
        if not self.only:
            return not any(_names_module(self.imports, full) for full in (name, *(f"{name}.{member}" for member in below)))
        return _names_module(self.imports, name) or any(listed.startswith(f"{name}.") for listed in self.imports)

    def may_name(self, name: str) -> bool:
        "A builtin. Those that statements need (`class`, `import`) are there in any case."
        return name.startswith("__") or (name in self.builtins) == self.only

    def may_see(self, name: str) -> bool:
        "A variable of extra_globals or of the input."
        return (name in self.globals) == self.only

    def violations(self, tree: ast.AST) -> list[str]:
        "What the code names and may not, before it runs."
        found = []
        bound = _bound_names(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found += [f"import of {alias.name!r}" for alias in node.names if not self.may_import(alias.name)]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                if not self.may_import(node.module, *(alias.name for alias in node.names)):
                    found.append(f"import of {node.module!r}")
            elif (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in bound
                  and hasattr(builtins, node.id) and not self.may_name(node.id)):
                found.append(f"builtin {node.id!r}")
        return list(dict.fromkeys(found))

    def importer(self) -> Any:
        "The `__import__` of the code: imports that libraries make are theirs."
        def import_checked(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
            if not level and not self.may_import(name, *(fromlist or ())):
                raise ImportError(f"import of {name!r} is blocked by the policy", name=name)
            return builtins.__import__(name, globals, locals, fromlist, level)
        return import_checked


def _restrict(policy: dict[str, Any]) -> dict[str, Any]:
    "The builtins of the code; where imports are restricted, so are the functions that import by name."
    symbols, names = Symbols(policy), dict(vars(builtins))
    if symbols.only or symbols.imports or symbols.builtins:
        names = {name: value for name, value in names.items() if symbols.may_name(name)}
        names["__import__"] = symbols.importer()
        import importlib
        _safepyrun.allow(names["__import__"], "gated")
        _safepyrun.allow(importlib.import_module, "deny")
    return names


def make_namespace(request: dict[str, Any]) -> dict[str, Any]:
    "The code's `__main__`: its builtins, extra_globals, input_data and, when that is a dict, its keys."
    policy, main = request["policy"], types.ModuleType("__main__")
    symbols, given = Symbols(policy), dict(policy["extra_globals"])
    if isinstance(request["input_data"], dict):
        given.update({name: value for name, value in request["input_data"].items() if name.isidentifier()})
    namespace = vars(main)
    namespace.update({name: value for name, value in given.items() if symbols.may_see(name)})
    namespace.update(__builtins__=_restrict(policy), __file__=FILE_NAME, input_data=request["input_data"])
    sys.modules["__main__"] = main
    return namespace


def remember(source: str) -> None:
    "Tracebacks show these lines."
    linecache.cache[FILE_NAME] = (len(source), None, source.splitlines(keepends=True), FILE_NAME)


def depth() -> int:
    "How many calls there are in each other now."
    at, found = sys._getframe(), 0
    while at is not None:
        at, found = at.f_back, found + 1 # type: ignore[assignment]
    return found


def show_error(error: BaseException) -> dict[str, Any]:
    "The part of a reply that tells an error; its traceback begins in the code."
    at = error.__traceback__
    while at is not None and at.tb_frame.f_code.co_filename != FILE_NAME:
        at = at.tb_next
    text = "".join(traceback.format_exception(type(error), error, at))
    name = type(error).__name__ if type(error).__module__ in ("builtins", "__main__", "safepyrun") else \
        f"{type(error).__module__}.{type(error).__qualname__}"
    reply = {"ok": False, "error": f"{name}: {error}" if str(error) else name, "exit_code": 1, "traceback": text,
             "memory_exceeded": isinstance(error, MemoryError)}
    if isinstance(error, Denied):
        reply["refusal"] = {part: getattr(error, part) for part in ("callable", "kind", "reason", "remedy")}
    return reply


def _exit(code: Any) -> dict[str, Any]:
    "What `sys.exit(code)` ends in."
    if code in (None, 0):
        return {"ok": True, "exit_code": 0}
    if not isinstance(code, int):
        print(code, file=sys.stderr)
    return {"ok": False, "error": f"SystemExit: {code}", "exit_code": code & 0xFF if isinstance(code, int) else 1}


def run(request: dict[str, Any]) -> dict[str, Any]:
    "Run `request` ({code, input_data, policy}) here and now; the reply has fields of RunResult."
    remember(request["code"])
    try:
        value = execute(request)
        return {"ok": True, "result": to_json(value)}
    except SystemExit as leaving:
        return _exit(leaving.code)
    except NotJSON as error:
        return {"ok": False, "error": f"NotJSON: {error}", "exit_code": 1}
    except BaseException as error:
        reply = show_error(error)
        print(reply["traceback"], end="", file=sys.stderr)
        return reply


def execute(request: dict[str, Any], namespace: dict[str, Any] | None = None) -> Any:
    "The code's `result`, or the value of its last expression."
    policy = request["policy"]
    tree = compile(request["code"], FILE_NAME, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    violations = Symbols(policy).violations(tree)
    if violations:
        raise PermissionError(f"{', '.join(violations)}: blocked by the policy")
    if namespace is None:
        namespace = make_namespace(request)
    for name in policy["allow"]:
        _safepyrun.allow_later(name, "trusted")
    sandbox = _safepyrun.Sandbox(namespace, True)
    sandbox.ok_dests = policy["ok_dests"]
    sandbox.ok_hosts = [host for host in policy["ok_hosts"] if "/" not in host] # sockets of this machine: the floor alone
    code, box = sandbox.compile(request["code"], FILE_NAME)
    unset = namespace.setdefault("result", None)
    waiting = _safepyrun.run(code, namespace)
    if waiting is not None:
        asyncio.run(waiting)
    if namespace.get("result") is not unset:
        return namespace["result"]
    return box() if box is not None else None


def serve(talk: int) -> int:
    "Be a run: one request of descriptor `talk`, one reply to it; the exit code."
    request = wire.receive(talk)
    if request is None:
        return 1
    _settle(request)
    reply = run(request)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        message = wire.pack(reply)
    except (ValueError, RecursionError, MemoryError) as error:
        message = wire.pack({"ok": False, "error": f"the result cannot be sent: {error}", "exit_code": 1,
                             "memory_exceeded": isinstance(error, MemoryError)})
    os.set_blocking(talk, True)
    left = memoryview(message)
    while left:
        left = left[os.write(talk, left):]
    return 0


def _settle(request: dict[str, Any]) -> None:
    "What a process of its own has of its own: folder, arguments, random numbers."
    if request.get("cwd"):
        try:
            os.chdir(request["cwd"])
        except OSError as error:
            print(f"safepyrun: {request['cwd']}: {error}", file=sys.stderr)
    sys.argv = [FILE_NAME]
    if "numpy.random" in sys.modules: # which does not do so by itself after a fork
        sys.modules["numpy.random"].seed()


def warm() -> None:
    "In the server: whatever is made at first use is made once, not in every run."
    from .policy import RunnerPolicy
    code = "import math, json\nresult = [str(math.sqrt(n)).strip() for n in range(3)]\nprint(end='')\ntry: 1/0\nexcept ZeroDivisionError: pass"
    main = sys.modules["__main__"]
    reply = run({"code": code, "input_data": None, "policy": RunnerPolicy().to_dict()})
    sys.modules["__main__"] = main
    if not reply["ok"]:
        raise RuntimeError(reply["error"])
