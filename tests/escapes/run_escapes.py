"""Run escapes, each in a process of its own, and look for their effect.

usage: run_escapes.py MODE FILE ...     MODE: plain (CPython as it is), closed (as in the kernel), open (as RunPython)

Prints for each file one line of JSON: {"file", "happened", "files", "error", "died"}. `files`: something below CANARY was changed, made or
removed; `happened`: that, or the expression after "state:" in the file's docstring is true - also after the process has ended. The expression
after "host:" is what the host program does then: KEPT is the namespace of the run. After "given:" stands what the run finds in
it: `pool`, a pool of threads that has worked for the host; `loop`, the host's event loop (LOOP in expressions); `fd`, a descriptor
that the host has the victim open with; `library`, there is a module `kept` (kept.py) as one that is installed, and `program`, as one
of the host's own. ENDED is what the host's function for the program's end fills.
"""
import ast
import json
import os
import re
import shutil
import signal
import sys
import sysconfig
import tempfile
import time
import types

SECONDS_MOST = 20


def snapshot(folder):
    "Everything below a folder: names, kinds, sizes, times and contents."
    seen = {}
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(root, name)
            status = os.lstat(path)
            content = None
            # (an escape may have left one that only root may read)
            if os.path.isfile(path) and not os.path.islink(path) and os.access(path, os.R_OK):
                with open(path, "rb") as file:
                    content = file.read()
            seen[path] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_nlink, content)
    return seen


def keep_module(folder):
    "A module `kept` that seems to be in a folder."
    kept = types.ModuleType("kept")
    kept.__file__ = os.path.join(folder, "kept.py")
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "kept.py"), encoding="utf-8") as file:
        exec(compile(file.read(), kept.__file__, "exec"), vars(kept))
    sys.modules["kept"] = kept


def given_objects(docstring, canary):
    "What of the host's the run is given: {name: object}."
    import asyncio
    import concurrent.futures
    given = {}
    if re.search(r"^given: pool$", docstring, re.M):
        given["pool"] = concurrent.futures.ThreadPoolExecutor(2)
        given["pool"].submit(len, "").result()
    if re.search(r"^given: loop$", docstring, re.M):
        given["loop"] = asyncio.new_event_loop()
        given["loop"].run_until_complete(given["loop"].run_in_executor(None, len, ""))
    if re.search(r"^given: fd$", docstring, re.M):
        given["fd"] = os.open(os.path.join(canary, "victim"), os.O_RDWR)
    if re.search(r"^given: library$", docstring, re.M):
        keep_module(sysconfig.get_path("purelib"))
    if re.search(r"^given: program$", docstring, re.M):
        keep_module(os.path.dirname(canary))
    return given


def host_code(kind, docstring):
    "The expression after `kind`, compiled while the host is still whole; None without one."
    found = re.search(rf"^{kind}: (.*)$", docstring, re.M)
    return found and compile(found[1], kind, "eval")


def in_host(code, host):
    "The value of an expression of the host's, False without one or when it fails."
    try:
        return bool(code and eval(code, host))
    except BaseException:
        return False


def attack(mode, source, names, report):
    "In the child: run the escape, say whether state was overwritten, end as a program does."
    import atexit
    import gc
    import resource
    import threading
    error = ""
    docstring = ast.get_docstring(ast.parse(source)) or ""
    host = {"BEFORE_META": len(sys.meta_path), "ENDED": [], "BEFORE_CORE": resource.getrlimit(resource.RLIMIT_CORE) != (0, 0)}
    atexit.register(host["ENDED"].append, 1)
    look, state = host_code("host", docstring), host_code("state", docstring)
    given = given_objects(docstring, names["CANARY"])
    namespace = {"__name__": "__main__", **names, **given}
    host |= {"KEPT": namespace, "LOOP": given.get("loop")}
    run = None
    if mode != "plain":
        import _safepyrun
        sandbox = _safepyrun.Sandbox(namespace, True)
        sandbox.ok_dests = [names["ALLOWED"]]
        run = sandbox.run
    try:
        run(source) if run else exec(compile(source, "<escape>", "exec"), namespace)
    except BaseException as exception:
        error = f"{type(exception).__name__}: {exception}"[:300]
    in_host(look, host)
    overwritten = in_host(state, host)
    os.write(report, json.dumps([overwritten, error]).encode())
    namespace.clear()
    gc.collect()
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException:
        pass
    os.kill(os.getpid(), signal.SIGKILL)  # os._exit may be what the escape took away


def try_escape(mode, path):
    with open(path, encoding="utf-8") as file:
        source = file.read()
    base = tempfile.mkdtemp(prefix="escape-")
    names = {"CANARY": os.path.join(base, "canary"), "ALLOWED": os.path.join(base, "allowed")}
    for folder in names.values():
        os.mkdir(folder)
    with open(os.path.join(names["CANARY"], "victim"), "w") as file:
        file.write("victim")
    before = snapshot(names["CANARY"])
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        attack(mode, source, names, writer)
    os.close(writer)
    deadline = time.monotonic() + SECONDS_MOST
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)
    told = os.read(reader, 65536)
    os.close(reader)
    overwritten, error = json.loads(told.decode()) if told else (False, "the process ended before it could tell")
    files = snapshot(names["CANARY"]) != before
    shutil.rmtree(base, ignore_errors=True)
    return {"file": path, "happened": overwritten or files, "files": files, "error": error, "died": not told}


def main(mode, *paths):
    if mode != "plain":
        import _safepyrun
        _safepyrun.install(mode)
    for path in paths:
        print(json.dumps(try_escape(mode, path)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
