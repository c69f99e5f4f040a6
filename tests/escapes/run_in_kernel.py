"""Run escapes as cells of the real kernel, on its floor, each in a session of its own, and look from outside for what they did
to the world.

usage: run_in_kernel.py FILE ...

Prints for each file one line of JSON: {"file", "effects", "error", "works"}. `effects`, of: "files" (something below CANARY was
changed, also after the session has ended), "processes" (one is there that was not, or one of another's is gone), "network" (a
server of this machine heard of it), "environment" (a program that a person starts later is given other variables). `works`: the
kernel answers the next cell. What an escape does to the session itself is not looked for: that is run_escapes.py's.
"""
import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "protocol"), str(HERE)]
from processes import children, is_alive  # noqa: E402
from raw_kernel import RawKernel  # noqa: E402
from run_escapes import snapshot  # noqa: E402

PROGRAM = "/usr/bin/env"  # which the person has permitted


def needs_a_host(source):
    "Is it handed an object of a host program, which a notebook has none of?"
    return bool(re.search(r"^given: ", ast.get_docstring(ast.parse(source)) or "", re.M))


def variables(kernel):
    "What a program is given that the person starts; None where it says nothing."
    lines = kernel.run("!" + PROGRAM).stream().splitlines()
    return sorted(line for line in lines if not line.startswith("_=")) or None


def run_cell(kernel, code):
    "Its error, \"\" without one."
    try:
        cell = kernel.run(code)
    except Exception as error:  # the process died of it: the front says so, or nobody does
        return f"{type(error).__name__}: {error}"[:300]
    return f"{cell.reply.get('ename', '')}: {cell.reply.get('evalue', '')}"[:300] if cell.reply["status"] != "ok" else ""


def in_session(kernel, source, names):
    "What the escape did to processes and to the environment, its error, and whether the kernel works."
    for name, path in names.items():
        kernel.run(f"{name} = {path!r}")
    other = subprocess.Popen(["sleep", "60"])
    told, own = variables(kernel), {program(kernel.worker), program(kernel.process.pid), None}
    error = run_cell(kernel, source)
    effects = []
    working = kernel.alive and run_cell(kernel, "assert 1 + 1 == 2") == ""
    if working and variables(kernel) != told:
        effects.append("environment")
    # checkpoints are processes, too: what an escape would start is a program
    if not is_alive(other.pid) or not {program(pid) for pid in children(kernel.process.pid)} <= own:
        effects.append("processes")
    other.kill()
    other.wait()
    return effects, error, working


def program(pid):
    "What a process runs; None of one that is gone."
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None


def try_escape(path, settings=""):
    "Its row; `settings`: further lines of the configuration."
    source = Path(path).read_text("utf-8")
    base = Path(tempfile.mkdtemp(prefix="escape-"))
    names = {"CANARY": str(base / "canary"), "ALLOWED": str(base / "allowed")}
    for folder in names.values():
        os.mkdir(folder)
    (base / "canary" / "victim").write_text("victim")
    config = base / "kernel" / "config" / "safepyrun"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(f"ok_dests = [{json.dumps(names['ALLOWED'])}]\nmagics = \"locked\"\nshell = [\"{PROGRAM}\"]\n{settings}\n")
    before = snapshot(names["CANARY"])
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        names["PORT"] = server.getsockname()[1]
        kernel = RawKernel(base / "kernel", environment={"HOME": str(base)})
        try:
            effects, error, works = in_session(kernel, source, names)
            if kernel.alive:
                kernel.client.shutdown()
                kernel.ended(10)
        finally:
            kernel.stop()
        try:
            server.accept()[0].close()
            effects.append("network")
        except BlockingIOError:
            pass
    if snapshot(names["CANARY"]) != before:
        effects.append("files")
    shutil.rmtree(base, ignore_errors=True)
    return {"file": str(path), "effects": sorted(effects), "error": error, "works": works}


def main(*paths):
    for path in paths:
        if not needs_a_host(Path(path).read_text("utf-8")):
            print(json.dumps(try_escape(path)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
