"""Run programs one after the other in this process: run_programs.py plain|open|closed FILE BASE OUT [NAME ...]

FILE holds programs, each under a line `# %% name`. Each runs as __main__ in a directory of its own below BASE, its only ok_dest.
OUT gets one JSON line for each program: {"name", "stdout", "value", "error"}.
"""
import ast
import contextlib
import io
import json
import linecache
import os
import re
import sys
import traceback
import types

HEADING = re.compile(r"^# %% (\w+)(?: \[(.*)\])?\n", re.M)


def programs(path):
    "(name, conditions, source) of each program of a file."
    with open(path, encoding="utf-8") as file:
        parts = HEADING.split(file.read())
    return [(parts[i], parts[i + 1] or "", parts[i + 2]) for i in range(1, len(parts), 3)]


def run_plain(source, filename, namespace):
    "What `exec` does, with the value of the last expression."
    tree = ast.parse(source, filename)
    last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, filename, "exec"), namespace)
    return eval(compile(last, filename, "eval"), namespace) if last else None


def show_error(error, filename):
    "The traceback from the program's own frames on."
    tb = error.__traceback__
    while tb and tb.tb_frame.f_code.co_filename != filename:
        tb = tb.tb_next
    return "".join(traceback.format_exception(type(error), error, tb))


def run_one(mode, name, source, home):
    "The result of one program, in this process."
    filename = f"<{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    os.makedirs(home, exist_ok=True)
    os.chdir(home)
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    module.__builtins__ = __builtins__
    value = error = None
    stdout = io.StringIO()
    with contextlib.redirect_stdout(stdout):
        if mode != "plain":
            _safepyrun.install(mode)
            sandbox = _safepyrun.Sandbox(module.__dict__, True)
            sandbox.ok_dests = [home]
        try:
            value = repr(run_plain(source, filename, module.__dict__) if mode == "plain" else sandbox.run(source, filename))
        except BaseException as raised:
            error = show_error(raised, filename)
    return {"name": name, "stdout": stdout.getvalue(), "value": value, "error": error}


def main(mode, path, base, out, *only):
    results = open(out, "a", encoding="utf-8")
    for name, _, source in programs(path):
        if only and name not in only:
            continue
        child = os.fork()  # a program changes its process, and the sandbox is the whole process's
        if child == 0:
            try:
                results.write(json.dumps(run_one(mode, name, source, os.path.join(base, name))).replace(base, "BASE") + "\n")
                results.flush()
            except BaseException as error:
                print(name, repr(error), file=sys.stderr, flush=True)
            finally:
                os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    if sys.argv[1] != "plain":
        import _safepyrun
    main(*sys.argv[1:])
