"""An interactive run, in its own process: from its beginning, over the journal, to the next answer that is not there yet."""
from __future__ import annotations

import ast
import asyncio
import builtins
import os
import sys
import types
from typing import Any

import _safepyrun

from ..runner import child, wire
from ..values import NotJSON, to_json
from . import profiles, world
from .journal import Abandoned, Journal, JournalMismatch
from .loop import JournalLoop

_STARTERS = {"gather", "create_task", "ensure_future", "wait_for", "wait", "shield", "as_completed", "run_until_complete"}


class ExternalError(RuntimeError):
    "What a call raises when it was answered with an error of a type that is no builtin's."


class Calls:
    "The external functions of a run and what they wait for."

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.waiting: dict[int, asyncio.Future[Any]] = {}
        self.answered: dict[int, list[Any]] = {}

    def function(self, name: str, is_async: bool) -> Any:
        return _safepyrun.Granted(_awaitable(self, name) if is_async else _blocking(self, name), name)

    def note(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
        plain = [to_json(one, f"argument {i + 1} of {name}") for i, one in enumerate(args)]
        return self.journal.call(name, plain, {key: to_json(one, f"argument {key} of {name}") for key, one in kwargs.items()})

    def take(self) -> list[Any]:
        "One answer; a future that waits for it is told."
        sys.stdout.flush()
        entry = self.journal.answer()
        future = self.waiting.pop(entry[1], None)
        if future is None:
            self.answered[entry[1]] = entry
        elif not future.done():
            _settle(future, entry)
        return entry

    def asked(self) -> bool:
        "For the loop: nothing can go on."
        for call in [call for call, future in self.waiting.items() if future.done()]: # cancelled meanwhile
            del self.waiting[call]
        if not self.waiting:
            return False
        self.take()
        return True


def _settle(future: asyncio.Future[Any], entry: list[Any]) -> None:
    if entry[2] == "value":
        future.set_result(entry[3])
    else:
        future.set_exception(_exception(entry[3]))


def _exception(told: dict[str, str]) -> Exception:
    kind = getattr(builtins, told["type"], None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(told["message"])
        except TypeError: # UnicodeDecodeError and its like take more
            pass
    return ExternalError(f"{told['type']}: {told['message']}")


def _blocking(calls: Calls, name: str) -> Any:
    "An external function that gives its answer."
    def call(*args: Any, **kwargs: Any) -> Any:
        number = calls.note(name, args, kwargs)
        while number not in calls.answered:
            calls.take()
        entry = calls.answered.pop(number)
        if entry[2] == "value":
            return entry[3]
        raise _exception(entry[3])
    return call


def _awaitable(calls: Calls, name: str) -> Any:
    "The same where the code awaits it: the call is made at once, the answer comes later."
    def call(*args: Any, **kwargs: Any) -> Any:
        number = calls.note(name, args, kwargs)
        future = calls.waiting[number] = asyncio.get_running_loop().create_future()
        return _answer(future)
    return call


async def _answer(future: asyncio.Future[Any]) -> Any:
    return await future


def awaited(tree: ast.AST, functions: set[str]) -> set[str]:
    """Those of `functions` whose calls the code awaits: `await f()`, or calls that are handed to `gather` and the like, also by way of a
    list that was given a name."""
    starters = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _last_name(node.func) in _STARTERS]
    handed = [node.value for node in ast.walk(tree) if isinstance(node, ast.Await)] + [arg for node in starters for arg in node.args]
    names = {inner.id for arg in handed for inner in ast.walk(arg) if isinstance(inner, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(_last_name(target) in names for target in node.targets):
            handed.append(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append" and _last_name(node.func.value) in names:
            handed += node.args
    return {call for part in handed for call in _calls_in(part) if call in functions}


def _calls_in(node: ast.AST) -> list[str]:
    "The names of the functions whose calls `node` is, or is a list of."
    if isinstance(node, ast.Call):
        return [_last_name(node.func)] if isinstance(node.func, ast.Name) else []
    if isinstance(node, (ast.Starred, ast.DictComp)):
        return _calls_in(node.value)
    if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
        return _calls_in(node.elt)
    members = node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else node.values if isinstance(node, ast.Dict) else []
    return [call for member in members for call in _calls_in(member)]


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _run(request: dict[str, Any], journal: Journal) -> Any:
    "The code's result. Raises what it raises."
    code, functions = request["code"], request["functions"]
    given = {*request["inputs"], *functions}
    tree = profiles.parse(code, child.FILE_NAME) # a SyntaxError is the code's, as others are
    found = profiles.violations(code, request["profile"], given)
    if found:
        raise profiles.SecurityViolation(found)
    is_async = set(request["async_functions"]) | awaited(tree, set(functions))
    calls, main = Calls(journal), types.ModuleType("__main__")
    sys.modules["__main__"] = main
    namespace = vars(main)
    namespace["__builtins__"] = profiles.builtins_of(request["profile"])
    namespace["__builtins__"].update(world.fix(journal, bytes.fromhex(request["seed"])))
    namespace.update(request["inputs"])
    namespace.update({name: calls.function(name, name in is_async) for name in functions})
    sandbox = _safepyrun.Sandbox(namespace, False)
    sandbox.ok_dests = request["ok_dests"]
    compiled, box = sandbox.compile(ast.fix_missing_locations(world.Rewrite().visit(tree)), child.FILE_NAME)
    before = namespace.get("result", sandbox)
    waiting = _safepyrun.run(compiled, namespace)
    if waiting is not None:
        with asyncio.Runner(loop_factory=lambda: JournalLoop(calls.asked, lambda: journal.replaying)) as runner:
            runner.run(waiting)
    if namespace.get("result", sandbox) is not before:
        return namespace["result"]
    return box() if box is not None else None


def serve(talk: int) -> int:
    "Be an interactive run: talk on that descriptor until the code has ended."
    request = wire.receive(talk)
    if request is None:
        return 1
    child._settle(request)
    child.remember(request["code"])
    sys.setrecursionlimit(child.depth() + request["max_recursion"])

    def wait(new: list[list[Any]]) -> list[Any]:
        sys.stdout.flush()
        sys.stderr.flush()
        wire.send(talk, {"status": "paused", "new": new})
        answer = wire.receive(talk)
        if answer is None:
            raise Abandoned
        return list(answer)

    journal = Journal(request["journal"], wait)
    wire.send(talk, {"pid": os.getpid()})
    try:
        value = to_json(_run(request, journal))
        message = {"status": "finished", "result": value, "new": journal.close()}
    except Abandoned:
        return 1
    except (JournalMismatch, profiles.SecurityViolation, NotJSON) as error:
        message = {"status": "failed", "kind": type(error).__name__, "error": str(error), "new": journal.entries[journal.told:],
                   "violations": getattr(error, "violations", None)}
    except BaseException as error:
        told = child.show_error(error)
        message = {"status": "failed", "kind": "error", "new": journal.entries[journal.told:], **told}
    sys.stdout.flush()
    wire.send(talk, message)
    return 0
