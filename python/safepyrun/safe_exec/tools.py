"""Functions of the host's that code may call, and what a model is told of them."""
from __future__ import annotations

import asyncio
import collections.abc
import inspect
import threading
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, Literal, Union

import _safepyrun


class CallLimit(RuntimeError):
    "The code has called external functions more often than it may."


class Counter:
    "How often external functions were called, and how often they may be."

    def __init__(self, limit: int | None = None) -> None:
        self.limit, self.count = limit, 0
        self._lock = threading.Lock()

    def add(self, name: str) -> None:
        "Count a call. Raises CallLimit when it is one too many."
        with self._lock:
            if self.limit is not None and self.count >= self.limit:
                raise CallLimit(f"{name}: external functions may be called {self.limit} times")
            self.count += 1


def external(name: str, function: Callable[..., Any], counter: Counter, check: Callable[[Any, Any], None] | None = None) -> Any:
    """A function of the host's as the code sees it: who holds it may call it, and it acts with the host's rights.

    check: is given the arguments, and raises for those that do not fit.
    """
    def call(*args: Any, **kwargs: Any) -> Any:
        counter.add(name)
        if check is not None:
            check(args, kwargs)
        value = function(*args, **kwargs)
        if inspect.iscoroutine(value): # a task of the host's: awaited by the code itself it would run as the code does
            return asyncio.get_running_loop().create_task(value)
        return value
    return _safepyrun.Granted(call, name, function.__doc__ if inspect.isroutine(function) else None)


def name_of(function: Callable[..., Any]) -> str:
    "The name that code calls it by. Raises TypeError when it has none."
    name = getattr(function, "__name__", None)
    if not callable(function) or not isinstance(name, str) or not name.isidentifier():
        raise TypeError(f"a tool is a function with a name, not {function!r}")
    return name


def describe(functions: Iterable[Callable[..., Any]]) -> str:
    "Signatures and docstrings, as Python, for the prompt of a model."
    parts = []
    for function in functions:
        word = "async def" if inspect.iscoroutinefunction(function) else "def"
        doc = (inspect.getdoc(function) or "").strip()
        body = f'    """{doc}"""'.replace("\n", "\n    ") if doc else "    ..."
        parts.append(f"{word} {name_of(function)}{_signature(function)}:\n{body}")
    return "\n\n".join(parts)


def _signature(function: Callable[..., Any]) -> str:
    "With annotations as a reader would write them."
    try:
        signature, hints = inspect.signature(function), _hints(function)
    except ValueError: # some builtins do not tell theirs
        return "(...)"
    parameters = [p.replace(annotation=_Shown(hints[p.name]) if p.name in hints else p.empty) for p in signature.parameters.values()]
    returned = _Shown(hints["return"]) if "return" in hints else signature.empty
    return str(signature.replace(parameters=parameters, return_annotation=returned))


class _Shown:
    "An annotation whose repr is how it is written."

    def __init__(self, hint: Any) -> None:
        self.hint = hint

    def __repr__(self) -> str:
        if self.hint is type(None):
            return "None"
        return inspect.formatannotation(self.hint) if not isinstance(self.hint, type) or typing.get_args(self.hint) else self.hint.__name__


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception: # a name in an annotation that is only there for type checkers
        return {}


def argument_check(function: Callable[..., Any]) -> Callable[[Any, Any], None]:
    "A function (args, kwargs) that raises TypeError for arguments that do not fit `function`'s parameters and annotations."
    name, hints = name_of(function), _hints(function)
    try:
        signature = inspect.signature(function)
    except ValueError: # some builtins do not tell theirs: they check for themselves
        return lambda args, kwargs: None

    def check(args: Any, kwargs: Any) -> None:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}{_signature(function)}: {error}") from None
        for parameter, value in bound.arguments.items():
            if parameter not in hints:
                continue
            kind = signature.parameters[parameter].kind
            values = value if kind is inspect.Parameter.VAR_POSITIONAL else value.values() if kind is inspect.Parameter.VAR_KEYWORD else (value,)
            for one in values:
                if not fits(one, hints[parameter]):
                    raise TypeError(f"{name}: {parameter} is {_Shown(hints[parameter])!r}, not {one!r:.80} ({type(one).__name__})")
    return check


def fits(value: Any, hint: Any) -> bool:
    "Is `value` what `hint` says? What cannot be judged (a protocol, a type variable) fits."
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or hint is inspect.Parameter.empty:
        return True
    if hint is None or hint is type(None):
        return value is None
    if origin is Union or origin is types.UnionType:
        return any(fits(value, one) for one in arguments)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in arguments)
    if origin is typing.Annotated:
        return fits(value, arguments[0])
    if origin is tuple:
        return isinstance(value, tuple) and _tuple_fits(value, arguments)
    if isinstance(origin, type):
        return isinstance(value, origin) and _members_fit(value, origin, arguments)
    if typing.is_typeddict(hint):
        members = _hints(hint)
        return isinstance(value, dict) and hint.__required_keys__ <= value.keys() <= members.keys() \
            and all(fits(one, members[key]) for key, one in value.items())
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    try:
        return not isinstance(hint, type) or isinstance(value, hint)
    except TypeError: # a protocol that cannot be asked at run time
        return True


def _tuple_fits(value: tuple[Any, ...], arguments: tuple[Any, ...]) -> bool:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return all(fits(one, arguments[0]) for one in value)
    return not arguments or len(value) == len(arguments) and all(map(fits, value, arguments))


def _members_fit(value: Any, origin: type, arguments: tuple[Any, ...]) -> bool:
    if issubclass(origin, collections.abc.Mapping) and len(arguments) == 2:
        return all(fits(key, arguments[0]) and fits(one, arguments[1]) for key, one in value.items())
    if issubclass(origin, collections.abc.Collection) and len(arguments) == 1:
        return all(fits(one, arguments[0]) for one in value)
    return True
