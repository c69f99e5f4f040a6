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
        return _AsyncFunction(self, name) if is_async else _Function(self, name)

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


class _Function:
    "An external function as the code sees it."

    def __init__(self, calls: Calls, name: str) -> None:
        self._calls, self.__name__ = calls, name

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        call = self._calls.note(self.__name__, args, kwargs)
        while call not in self._calls.answered:
            self._calls.take()
        entry = self._calls.answered.pop(call)
        if entry[2] == "value":
            return entry[3]
        raise _exception(entry[3])


class _AsyncFunction(_Function):
    "The same where the code awaits it: the call is made at once, the answer comes later."

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        call = self._calls.note(self.__name__, args, kwargs)
        future = self._calls.waiting[call] = asyncio.get_running_loop().create_future()
        return _answer(future)


async def _answer(future: asyncio.Future[Any]) -> Any:
    return await future


for _kind in (_Function, _AsyncFunction):
    _safepyrun.allow(_kind.__call__, "trusted")


def awaited(tree: ast.AST, functions: set[str]) -> set[str]:
    """Those of `functions` whose calls the code awaits: `await f()`, or calls that are handed to `gather` and the like, also by way of a
    list that is made before."""
    starters = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _last_name(node.func) in _STARTERS]
    inside = [node.value for node in ast.walk(tree) if isinstance(node, ast.Await)] + [arg for node in starters for arg in node.args]
    if any(isinstance(inner, ast.Name) for arg in starters for inner in ast.walk(arg) if inner is not arg.func):
        inside += [node for node in ast.walk(tree) if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp, ast.List, ast.Dict))]
        inside += [arg for node in ast.walk(tree) if isinstance(node, ast.Call) and _last_name(node.func) == "append" for arg in node.args]
    direct = [part.elt if isinstance(part, (ast.ListComp, ast.GeneratorExp, ast.SetComp)) else part for part in inside]
    found = set()
    for part in direct:
        for one in [part, *(part.elts if isinstance(part, (ast.List, ast.Tuple)) else part.values if isinstance(part, ast.Dict) else
                            [part.value] if isinstance(part, (ast.DictComp, ast.Starred)) else [])]:
            one = one.elt if isinstance(one, (ast.ListComp, ast.GeneratorExp)) else one
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id in functions:
                found.add(one.func.id)
    return found


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _run(request: dict[str, Any], journal: Journal) -> Any:
    "The code's result. Raises what it raises."
    code, functions = request["code"], request["functions"]
    given = {*request["inputs"], *functions}
    found = profiles.violations(code, request["profile"], given)
    if found:
        raise profiles.SecurityViolation(found)
    tree = profiles.parse(code, child.FILE_NAME)
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
