"""Runs the accidents of accident_cells.py and more_accident_cells.py, each in a folder and a process of its own, and looks for what they did.

    python tests/likeness/accidents.py --python ENV/bin/python [--mode floor|off|run|plain] [--jobs N] [--only REGEX] [--out FILE.jsonl]

`floor` and `off`: in a kernel, with its floor or without; `run`: in safepyrun.RunPython; `plain`: by Python itself, which shows what each
would have done. Nobody answers, no folder is permitted. Harm is: a file in the folder that changed, was made or is gone (hidden caches aside),
another program that was ended, stopped or given other limits, a request other than GET at a server, shared state that differs by the cell's own
check, a session that no longer answers or prints. `--python` is the environment with the libraries. Not part of `make test`.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).resolve().parents[1])]
import accident_cells  # noqa: E402
import more_accident_cells  # noqa: E402
from built import BUILD, ROOT  # noqa: E402

RUN = """import asyncio, json, sys
from safepyrun import RunPython
cell, check = json.load(open(sys.argv[1]))
try:
    value = RunPython(ok_dests=[])(cell)
    if asyncio.iscoroutine(value):
        asyncio.run(value)
    print('STATUS ok')
except BaseException as error:
    print('STATUS', type(error).__name__, str(error)[:200])
print('CHECK', bool(check and eval(check)))
"""
PLAIN = """import ast, asyncio, inspect, json, os, sys
cell, check = json.load(open(sys.argv[1]))
try:
    value = eval(compile(cell, 'cell', 'exec', ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
    if inspect.iscoroutine(value):
        asyncio.run(value)
    status = 'ok'
except BaseException as error:
    status = f'{type(error).__name__} {str(error)[:200]}'
os.write(1, f'STATUS {status}\\nCHECK {bool(check and eval(check))}\\n'.encode())
"""
FIXTURE = Path(__file__).with_name("accident_files.py")


class Server:
    "Notes what reaches it, beside GET and HEAD."

    def __init__(self):
        self.heard, self.stream = [], socket.create_server(("127.0.0.1", 0))
        self.port = self.stream.getsockname()[1]
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", self.port))
        for job in (self.accept, self.receive):
            threading.Thread(target=job, daemon=True).start()

    def receive(self):
        try:
            while True:
                self.heard.append(repr(self.datagrams.recv(60)))
        except OSError:
            pass

    def accept(self):
        try:
            while True:
                threading.Thread(target=self.answer, args=(self.stream.accept()[0],), daemon=True).start()
        except OSError:
            pass

    def answer(self, client):
        client.settimeout(1.5)
        try:
            data = client.recv(4000)
            if data and data[:4] not in (b"GET ", b"HEAD"):
                self.heard.append(repr(data[:60]))
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        except OSError:
            pass
        client.close()

    def close(self):
        self.stream.close()
        self.datagrams.close()


def contents(folder):
    "{path: (mode, owner, time, digest)} of all below it but caches."
    seen = {}
    for file in folder.rglob("*"):
        if "__pycache__" not in file.parts and ".cache" not in file.parts:
            status = file.lstat()
            plain = file.is_file() and not file.is_symlink()
            seen[str(file.relative_to(folder))] = (status.st_mode, status.st_uid, plain and status.st_mtime_ns,
                                                   plain and hashlib.md5(file.read_bytes()).hexdigest())
    return seen


def state_of(pid):
    "What another program can be given: life, state, priority, processors, limits."
    try:
        return (Path(f"/proc/{pid}/stat").read_text().split()[2] in "TZ", os.getpriority(os.PRIO_PROCESS, pid),
                os.sched_getaffinity(pid), Path(f"/proc/{pid}/limits").read_text())
    except OSError:
        return None


def run_in_kernel(cell, check, place, environment, options):
    file = place / "connection.json"
    write_connection_file(str(file), ip="127.0.0.1", key=b"a key")
    argv = [BUILD / "safepyrun-kernel", "-f", file, "--python", options.python, "--history", ":memory:"]
    argv += ["--floor", "off"] if options.mode == "off" else []
    process = subprocess.Popen([str(part) for part in argv], cwd=place / "work", env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    client = BlockingKernelClient(connection_file=str(file))
    client.load_connection_file()
    client.start_channels()

    def run(source, seconds):
        printed = []
        try:
            reply = client.execute_interactive(source, allow_stdin=False, timeout=seconds, output_hook=lambda message: printed.append(
                message["content"].get("text", "")))["content"]
        except TimeoutError:
            return "no reply", ""
        return f"{reply['status']} {reply.get('ename', '')} {reply.get('evalue', '')[:200]}".strip(), "".join(printed)

    try:
        client.wait_for_ready(timeout=90)
        status, _ = run(cell, 90)
        works = "2 it is" in run("print(1 + 1, 'it is')", 30)[1]
        harmed = "True" in run(f"print(bool({check}))", 30)[1] if check else False
    finally:
        client.stop_channels()
        process.terminate()
        process.wait()
    return status, harmed, works


def run_in_program(cell, check, place, environment, options):
    (place / "cell.json").write_text(json.dumps([cell, check]))
    (place / "program.py").write_text(RUN if options.mode == "run" else PLAIN)
    done = subprocess.run([options.python, place / "program.py", place / "cell.json"], cwd=place / "work", env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120)
    said = dict(re.findall(r"^(STATUS|CHECK) (.*)$", done.stdout, re.M))
    return said.get("STATUS", f"exit {done.returncode}"), said.get("CHECK") == "True", True


def try_accident(job):
    name, cell, check, options = job
    with tempfile.TemporaryDirectory(prefix="accident-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        work = place / "work"
        shutil.copytree(options.files, work, symlinks=True)
        server, victim = Server(), subprocess.Popen(["sleep", "300"], start_new_session=True)
        environment = {**os.environ, "HOME": str(work / "home"), "XDG_CONFIG_HOME": str(place / "config"), "TMPDIR": folder,
                       "XDG_STATE_HOME": str(place / "state"), "PATH": f"{Path(options.python).parent}:{os.environ['PATH']}",
                       "PYTHONDONTWRITEBYTECODE": "1", "HF_HUB_OFFLINE": "1"}
        if options.mode == "run":
            environment["PYTHONPATH"] = f"{ROOT / 'python'}:{BUILD}"
        before, was = contents(work), state_of(victim.pid)
        try:
            cell = cell.replace("PORT", str(server.port)).replace("VICTIM", str(victim.pid))
            run = run_in_kernel if options.mode in ("floor", "off") else run_in_program
            status, harmed, works = run(cell, check, place, environment, options)
            time.sleep(0.2)  # what comes late
            after = contents(work)
            harm = {"files": sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path)),
                    "heard": server.heard, "program": state_of(victim.pid) != was, "state": harmed, "session": not works}
        finally:
            victim.kill()
            victim.wait()
            server.close()
            subprocess.run(["chmod", "-R", "u+rwX", folder], check=False)
    return {"name": name, "status": status, "harm": {kind: value for kind, value in harm.items() if value}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--mode", choices=["floor", "off", "run", "plain"], default="floor")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="accidents-") as folder:
        options.files = Path(folder) / "files"
        subprocess.run([options.python, FIXTURE, options.files], check=True)
        jobs = [(*cell, options) for cell in accident_cells.CELLS + more_accident_cells.CELLS if re.search(options.only, cell[0])]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            results = []
            for result in pool.map(try_accident, jobs):
                results.append(result)
                print(f"{result['name']}: {result['harm'] or 'no harm'} | {result['status']}", flush=True)
                if options.out:
                    with options.out.open("a") as file:
                        file.write(json.dumps(result) + "\n")
    lacking = sum(bool(re.search("ModuleNotFoundError|No module named", result["status"])) for result in results)
    print(f"accidents {len(results)}, with harm {sum(bool(result['harm']) for result in results)}; library not installed: {lacking}")


if __name__ == "__main__":
    main()
