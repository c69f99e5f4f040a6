"""`safepyrun run`: a program in the sandbox, in a process of its own that this one holds to its limits."""
from __future__ import annotations

import asyncio
import importlib.util
import json
import linecache
import os
import re
import resource
import select
import shlex
import signal
import sys
import time
import traceback
import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import _safepyrun
from _safepyrun import Denied

from .. import core
from . import RUN_USAGE

assert core # which installs the sandbox

REFUSED, TIMED_OUT, NO_MEMORY = 3, 124, 137


class Usage(Exception):
    "What was typed makes no sense."


@dataclass
class Asked:
    "What the command line asks for. kind: 'file', '-m', '-c'."

    kind: str = ""
    target: str = ""
    arguments: list[str] = field(default_factory=list)
    ok_dests: list[str] = field(default_factory=list)
    allow: list[str] = field(default_factory=list)
    timeout_s: float | None = None
    memory_bytes: int | None = None
    as_json: bool = False


def seconds(text: str) -> float:
    "30, 30s, 5m, 1.5h."
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)?", text)
    if not match or not float(match[1]):
        raise Usage(f"--timeout: a time like 30s or 5m, not {text!r}")
    return float(match[1]) * {"ms": 0.001, None: 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def size(text: str) -> int:
    "1073741824, 512M, 1G, 1GiB."
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?", text, re.IGNORECASE)
    if not match or not float(match[1]):
        raise Usage(f"--memory: a size like 512M or 1G, not {text!r}")
    return int(float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " "))


def parse(arguments: list[str]) -> Asked:
    "Raises Usage."
    asked, left, ours = Asked(), list(arguments), True
    while left:
        word = left.pop(0)
        name, equals, value = word.partition("=")
        if ours and word == "--":
            ours = False
        elif ours and word == "--json":
            asked.as_json = True
        elif ours and name in ("--ok-dest", "--allow", "--timeout", "--memory"):
            if not equals:
                if not left:
                    raise Usage(f"{name} needs a value")
                value = left.pop(0)
            if name == "--ok-dest":
                asked.ok_dests.append(value)
            elif name == "--allow":
                asked.allow.append(value)
            elif name == "--timeout":
                asked.timeout_s = seconds(value)
            else:
                asked.memory_bytes = size(value)
        elif asked.kind:
            asked.arguments.append(word)
        elif word in ("-m", "-c"):
            if not left:
                raise Usage(f"{word} needs a value")
            asked.kind, asked.target = word, left.pop(0)
        elif ours and word.startswith("-") and word != "-":
            raise Usage(f"unknown option {word}")
        else:
            asked.kind, asked.target = "file", word
    if not asked.kind:
        raise Usage("nothing to run")
    return asked


def load(asked: Asked) -> tuple[bytes, str, str]:
    "The source, its file's name and what sys.path begins with. Raises Usage."
    if asked.kind == "-c":
        return asked.target.encode(), "<string>", ""
    if asked.kind == "file":
        try:
            return ((sys.stdin.buffer.read(), "<stdin>", "") if asked.target == "-" else
                    (Path(asked.target).read_bytes(), asked.target, str(Path(asked.target).resolve().parent)))
        except OSError as error:
            raise Usage(f"{asked.target}: {error.strerror}") from None
    sys.path.insert(0, os.getcwd())
    try:
        spec = importlib.util.find_spec(asked.target)
        if spec is not None and spec.submodule_search_locations is not None: # a package runs its __main__
            spec = importlib.util.find_spec(f"{asked.target}.__main__")
        path = spec.origin if spec is not None else None
    except (ImportError, ValueError) as error:
        raise Usage(f"-m {asked.target}: {error}") from None
    finally:
        sys.path.pop(0)
    if path is None or not path.endswith(".py"):
        raise Usage(f"-m {asked.target}: there is no source of such a module")
    return Path(path).read_bytes(), path, os.getcwd()


def run(arguments: list[str]) -> int:
    "The command; its exit code."
    if arguments[:1] in (["--help"], ["-h"]):
        print(RUN_USAGE, end="")
        return 0
    try:
        asked = parse(arguments)
        source, name, folder = load(asked)
    except Usage as wrong:
        print(f"safepyrun run: {wrong}\n\n{RUN_USAGE}", end="", file=sys.stderr)
        return 2
    return _hold(asked, source, name, folder)


def _hold(asked: Asked, source: bytes, name: str, folder: str) -> int:
    "Have a child run it; end it at its limits."
    began = time.monotonic()
    told, tell = os.pipe()
    streams = [os.memfd_create(stream) for stream in ("stdout", "stderr")] if asked.as_json else []
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        for fd, stream in enumerate(streams, 1):
            os.dup2(stream, fd)
        _be_the_program(asked, source, name, folder, tell)
    os.close(tell)
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN) # Ctrl-C is the program's
    watched = os.pidfd_open(pid)
    late = not select.select([watched], [], [], asked.timeout_s)[0]
    if late:
        os.kill(pid, signal.SIGKILL)
    state = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    signal.signal(signal.SIGINT, usual)
    with os.fdopen(told, "rb") as pipe:
        said: dict[str, Any] = json.loads(pipe.read() or "{}")
    outcome = {"ok": state == 0, "error": None, "refusal": None, "exit_code": state if state >= 0 else 128 - state, "timed_out": late,
               "memory_exceeded": False, "duration_ms": (time.monotonic() - began) * 1e3, **said}
    if late:
        outcome.update(ok=False, error=f"the program took longer than {asked.timeout_s:g} s", exit_code=TIMED_OUT)
    elif state < 0:
        outcome.update(error=f"the program was ended by signal {-state}")
    if asked.as_json:
        for kind, fd in zip(("stdout", "stderr"), streams):
            with os.fdopen(fd, "rb") as file:
                file.seek(0)
                outcome[kind] = file.read().decode(errors="replace")
        print(json.dumps(outcome))
    elif outcome["error"] and (late or state < 0):
        print(f"safepyrun: {outcome['error']}", file=sys.stderr)
    return int(outcome["exit_code"])


def _be_the_program(asked: Asked, source: bytes, name: str, folder: str, tell: int) -> NoReturn:
    "In the child: run it, tell how it ended, leave."
    said: dict[str, Any] = {}
    code = 1
    try:
        os.set_inheritable(tell, False)
        sys.argv = [asked.target if asked.kind == "file" else name if asked.kind == "-m" else asked.kind, *asked.arguments]
        sys.path.insert(0, folder)
        if asked.memory_bytes is not None:
            with open("/proc/self/statm", "rb") as file:
                limit = int(file.read().split()[5]) * resource.getpagesize() + asked.memory_bytes
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        execute(asked, source, name)
        code = 0
    except SystemExit as leaving:
        if leaving.code is not None and not isinstance(leaving.code, int):
            print(leaving.code, file=sys.stderr)
        code = leaving.code & 0xFF if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
    except BaseException as error:
        code, said = _show(error, name)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError): # nobody reads any more
        code = code or 1
    os.write(tell, json.dumps(said).encode())
    os._exit(code)


def execute(asked: Asked, source: bytes, name: str) -> None:
    "The program as `__main__`, in the sandbox. Raises what it raises."
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    namespace = vars(main)
    namespace.update(__builtins__=__builtins__, __file__=name)
    text = importlib.util.decode_source(source)
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    for allowed in asked.allow:
        _safepyrun.allow_later(allowed, "trusted")
    sandbox = _safepyrun.Sandbox(namespace, True)
    sandbox.ok_dests = asked.ok_dests
    code, _ = sandbox.compile(text, name)
    waiting = _safepyrun.run(code, namespace)
    if waiting is not None:
        asyncio.run(waiting)


def _remedy(refusal: Denied) -> str | None:
    "The option that permits it, where there is one."
    if match := re.fullmatch(r"allow\('([^']+)'\)", refusal.remedy or ""):
        return f"--allow {match[1]}"
    place = re.match(r"Dest '([^']+)'", str(refusal))
    return f"--ok-dest {shlex.quote(os.path.dirname(place[1]) or '.')}" if place else None


def _show(error: BaseException, name: str) -> tuple[int, dict[str, Any]]:
    "Print it as Python does; the exit code and what is to tell of it."
    at = error.__traceback__
    while at is not None and at.tb_frame.f_code.co_filename != name:
        at = at.tb_next
    traceback.print_exception(type(error), error, at)
    said: dict[str, Any] = {"error": f"{type(error).__name__}: {error}"}
    if isinstance(error, Denied):
        if remedy := _remedy(error):
            print(f"safepyrun run: {remedy} permits it", file=sys.stderr)
        said["refusal"] = {part: getattr(error, part) for part in ("callable", "kind", "reason", "remedy")}
        return REFUSED, said
    if isinstance(error, MemoryError):
        return NO_MEMORY, {**said, "memory_exceeded": True}
    return 128 + signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1, said
