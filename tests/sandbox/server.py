"""Runs in one of the Pythons under test: forks a process for each request, in which a piece of code runs in a sandbox.

A request and an answer are each one line of JSON. A request has
    cells       list of str, run one after the other in the same sandbox
    setup       str, run before as host code in the same namespace
    after       str, run afterwards as host code there (optional)
    plain       true: run the cells as plain Python, without a sandbox
    ok_dests    list of str or null
    persistent  functions of earlier cells stay callable, as in a notebook
    cwd         where
The answer to it: value (the repr of the last cell's last expression), out, err, and error: null or what ended the cells.
"""
import ast
import asyncio
import builtins
import io
import json
import linecache
import os
import signal
import sys
import traceback
import types

import _safepyrun


def run_plain(source, name, namespace):
    "Exec, and the value of the last expression."
    tree = compile(source, name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    awaitable = eval(compile(tree, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), namespace)
    if awaitable is not None:
        asyncio.run(awaitable)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), name, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), namespace)
    return asyncio.run(value) if isinstance(last.value, ast.Await) else value


def run_guarded(source, name, sandbox, namespace):
    code, box = sandbox.compile(source, name)
    awaitable = _safepyrun.run(code, namespace)
    if awaitable is not None:
        asyncio.run(awaitable)
    return box() if box is not None else None


def positions(error):
    "Of each frame of a cell in the traceback: name, line, end line, column, end column."
    rows = []
    for summary in traceback.extract_tb(error.__traceback__):
        if summary.filename.startswith("<cell"):
            rows.append([summary.name, summary.lineno, summary.end_lineno, summary.colno, summary.end_colno])
    return rows


def describe(error):
    known = {name: getattr(error, name, None) for name in ("kind", "callable", "reason", "remedy", "lineno", "col_offset")}
    return {"type": type(error).__name__, "text": str(error), "denied": isinstance(error, _safepyrun.Denied),
            "positions": positions(error), "violations": getattr(error, "violations", ()),
            "known": {k: v for k, v in known.items() if isinstance(v, (str, int))}}


def answer(request):
    os.chdir(request["cwd"])
    sys.modules["__main__"] = module = types.ModuleType("__main__")
    main = vars(module)
    main["__builtins__"] = builtins
    exec(compile(request["setup"], "<setup>", "exec"), main)
    sandbox = None
    if not request["plain"]:
        sandbox = _safepyrun.Sandbox(main, request["persistent"])
        sandbox.ok_dests = request["ok_dests"]
    sys.stdout, sys.stderr = out, err = io.StringIO(), io.StringIO()
    value, error = None, None
    try:
        for number, source in enumerate(request["cells"]):
            name = f"<cell {number}>"
            linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
            value = run_plain(source, name, main) if request["plain"] else run_guarded(source, name, sandbox, main)
        value = repr(value)
    except BaseException as raised:
        value, error = None, describe(raised)
    if request["after"]:
        main["error"] = error
        exec(compile(request["after"], "<after>", "exec"), main)
        value = repr(main.get("answer"))
    return {"value": value, "error": error, "out": out.getvalue(), "err": err.getvalue()}


def serve(line):
    "In the child: answer, and go."
    request = json.loads(line)
    signal.alarm(60)
    try:
        text = json.dumps(answer(request))
    except BaseException:
        text = json.dumps({"broken": traceback.format_exc()})
    data = text.encode() + b"\n"
    while data:
        data = data[os.write(1, data):]


def main():
    mode = sys.argv[1]
    _safepyrun.install(mode)
    for line in sys.stdin.buffer:
        child = os.fork()
        if child == 0:
            serve(line)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            os.write(1, json.dumps({"broken": f"wait status {status}"}).encode() + b"\n")


if __name__ == "__main__":
    main()
