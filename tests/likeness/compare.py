"""Runs notebooks cell by cell under ipykernel and under this kernel, in the same Python, and tells where they part.

    python tests/likeness/compare.py --python ENV/bin/python [--dests] [--out FILE.jsonl] NOTEBOOK_OR_FOLDER...

Each run works in a copy of the notebook's folder (at the same path for both kernels, so that printed paths agree), with nobody to
answer. A cell is alike when it ends as under ipykernel (ok, or the same error) and shows the same: addresses, times and pictures'
bytes aside. `--dests` puts the working folder into ok_dests, as a person who agreed once would have. A `.py` file that has a list
PROGRAMS of `(name, [cell, ...])` counts as that many notebooks. Not part of `make test`: the notebooks are other people's.
"""
import argparse
import concurrent.futures
import json
import os
import queue
import re
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from built import BUILD  # noqa: E402

FOLDER_LIMIT = 60 << 20  # bytes: of a larger folder only the small files are copied
FILE_LIMIT = 8 << 20
# What differs from run to run, and what stands for it.
PASSING = [(r"0x[0-9a-fA-F]{6,}", "0x"), (r"\d+(\.\d+)?(e-?\d+)? ?(ns|µs|us|μs|ms|s|secs?|seconds|min)\b", "TIME"),
           (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?", "DATE"), (r"\d\d:\d\d:\d\d", "CLOCK"),
           (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"), (r"[0-9a-f]{32,}", "HEX"),
           (r"\(\d{5,}\.py, |\(Cell In\[\d+\], ", "(FILE, "), (r"ipykernel_\d+/\d+\.py|<ipython-input-[^>]*>|<cell[^>]*>|/tmp/[^\s'\":]*", "FILE"), (r"\x1b\[[0-9;]*m", ""),
           (r"\b(pid|PID|port)\W{1,3}\d+", "PID")]


def settled(text):
    for pattern, stands_for in PASSING:
        text = re.sub(pattern, stands_for, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def cells_of(path):
    "{name: [source, ...]} of a notebook, or of a file with PROGRAMS."
    if path.suffix == ".py":
        return dict(runpy.run_path(str(path))["PROGRAMS"])
    book = json.loads(path.read_text(encoding="utf-8"))
    if "cells" not in book:
        book = book["worksheets"][0]
    sources = [cell.get("source", cell.get("input", "")) for cell in book["cells"] if cell["cell_type"] == "code"]
    sources = ["".join(source) for source in sources]
    return {path.stem: [source for source in sources if source.strip()]}


def copy_folder(source, target):
    "The folder, without what is large, and without what a program of its own stands in."
    files = [p for p in source.rglob("*") if p.is_file() and not p.is_symlink() and ".git" not in p.parts]
    large = sum(p.stat().st_size for p in files) > FOLDER_LIMIT
    for file in files:
        if not large or file.stat().st_size <= FILE_LIMIT // 16 or file.parent == source and file.stat().st_size <= FILE_LIMIT:
            there = target / file.relative_to(source)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, there)


class Session:
    "One kernel of one run, in the folder `work`."

    def __init__(self, ours, python, folder, work, dests):
        file = folder / "connection.json"
        write_connection_file(str(file), ip="127.0.0.1", key=b"a key")
        argv = [python, "-m", "ipykernel_launcher", "-f", file]
        if ours:
            (folder / "config/safepyrun").mkdir(parents=True)
            (folder / "config/safepyrun/config.toml").write_text(f"ok_dests = [{json.dumps(str(work))}]\n" if dests else "")
            argv = [BUILD / "safepyrun-kernel", "-f", file, "--python", python, "--history", ":memory:"]
        environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state"),
                       "VIRTUAL_ENV": str(Path(python).parent.parent), "PATH": f"{Path(python).parent}:{os.environ['PATH']}",
                       "IPYTHONDIR": str(folder / "ipython")}
        environment.pop("SAFEPYRUN_BUILD", None)
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen([str(part) for part in argv], cwd=work, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, start_new_session=True)
        self.client = BlockingKernelClient(connection_file=str(file))
        self.client.load_connection_file()
        self.client.start_channels()
        self.wait(90)

    def wait(self, seconds):
        "Until it answers: on a busy machine the heart of a kernel that starts is silent for longer than the client waits."
        until = time.monotonic() + seconds
        while True:
            try:
                return self.client.wait_for_ready(timeout=seconds)
            except RuntimeError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise

    def run(self, source, seconds):
        "{'status', 'error', 'shown'} of a cell; status 'dead' or 'slow' when no reply came."
        until = time.monotonic() + seconds
        shown, errors, reply, idle = [], [], None, False
        msg_id = self.client.execute(source, allow_stdin=False)
        while not (idle and reply):
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                message = None
                if self.process.poll() is not None:
                    return {"status": "dead", "error": "", "shown": "".join(shown)}
                if time.monotonic() > until:
                    self.process.send_signal(signal.SIGINT)
                    self.client.shutdown()
                    return {"status": "slow", "error": "", "shown": "".join(shown)}
            if message and message["parent_header"].get("msg_id") == msg_id:
                kind, content = message["msg_type"], message["content"]
                idle = idle or kind == "status" and content["execution_state"] == "idle"
                if kind == "stream":
                    shown.append(content["text"])
                elif kind in ("display_data", "execute_result", "update_display_data"):
                    data = content["data"]
                    shown.append(f"\n[{' '.join(sorted(data))}] {data.get('text/plain', '')}\n")
                elif kind == "error":
                    errors.append(f"{content['ename']}: {content['evalue']}")
            try:
                while not reply:
                    message = self.client.get_shell_msg(timeout=0.01 if not idle else 1)
                    if message["parent_header"].get("msg_id") == msg_id:
                        reply = message["content"]
            except queue.Empty:
                pass
        error = f"{reply['ename']}: {reply['evalue']}" if reply.get("ename") else " ".join(errors)
        return {"status": reply["status"], "error": error, "shown": "".join(shown)}

    def end(self):
        self.client.stop_channels()
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(8)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()


def made_in(work, before):
    "What is new there, or another than before; names that programs number are one."
    changed = [file for file in work.rglob("*") if file.is_file() and before.get(file) != file.stat().st_mtime_ns]
    names = [str(file.relative_to(work)) for file in changed if "__pycache__" not in file.parts and ".ipynb_checkpoints" not in file.parts]
    return sorted({re.sub(r"[0-9a-f]{6,}|\d+", "N", name) for name in names} | {
        f"{file.relative_to(work)} is gone" for file in before if not file.exists()})


def run_book(ours, python, source, cells, place, options):
    "What each cell did, in a fresh copy of the folder."
    work = place / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    if source.suffix != ".py":
        copy_folder(source.parent, work)
    before = {file: file.stat().st_mtime_ns for file in work.rglob("*")}
    with tempfile.TemporaryDirectory(prefix="likeness-", ignore_cleanup_errors=True) as folder:
        session = Session(ours, python, Path(folder), work, options.dests)
        until = time.monotonic() + options.book_seconds
        found = []
        try:
            for cell in cells:
                if time.monotonic() > until:
                    break
                found.append(session.run(cell, options.cell_seconds))
                if found[-1]["status"] in ("dead", "slow"):
                    break
        finally:
            session.end()
    return found, made_in(work, before)


def verdict(theirs, ours):
    "alike; shown: same end, other output; error: another error; lost: ok under ipykernel alone; gained: ok here alone; dead."
    if ours["status"] in ("dead", "slow"):
        return "alike" if theirs["status"] == ours["status"] else ours["status"]
    if theirs["status"] != ours["status"]:
        return "lost" if theirs["status"] == "ok" else "gained"
    if theirs["status"] == "error":
        return "alike" if settled(theirs["error"]).split("\n")[0][:200] == settled(ours["error"]).split("\n")[0][:200] else "error"
    return "alike" if settled(theirs["shown"]) == settled(ours["shown"]) else "shown"


def compare(job):
    source, name, cells, options = job
    known = options.known.get(f"{source}::{name}")
    with tempfile.TemporaryDirectory(prefix="likeness-", ignore_cleanup_errors=True) as place:
        place = Path(place)
        ours, made = run_book(True, options.python, source, cells, place, options)
        theirs, wanted = known or (ours, made)
        if not known and not (options.failing and all(cell["status"] == "ok" for cell in ours)):
            theirs, wanted = run_book(False, options.python, source, cells[:len(ours)], place, options)
    rows = [{"cell": cell, "verdict": verdict(t, o), "theirs": t, "ours": o} for cell, t, o in zip(cells, theirs, ours)]
    wrong = sorted(set(wanted) ^ set(made)) if options.dests else made
    return {"book": f"{source}::{name}", "rows": rows, "theirs": theirs, "wanted": wanted, "files": wrong}


def tell(result):
    if result["files"]:
        print(f"--- {result['book']}: files that it should {'or should not ' if result['wanted'] else 'not '}have made: "
              f"{' '.join(result['files'][:12])}")
    for number, row in enumerate(result["rows"]):
        if row["verdict"] != "alike":
            print(f"--- {result['book']} cell {number}: {row['verdict']}\n{row['cell'][:600]}")
            if row["verdict"] != "shown":
                print(f"  ipykernel: {row['theirs']['status']} {row['theirs']['error'][:300]}\n"
                      f"  ours:      {row['ours']['status']} {row['ours']['error'][:700]}")
            else:
                theirs, ours = settled(row["theirs"]["shown"]).splitlines(), settled(row["ours"]["shown"]).splitlines()
                parted = next((i for i, pair in enumerate(zip(theirs, ours)) if pair[0] != pair[1]), min(len(theirs), len(ours)))
                print("  ipykernel: " + " | ".join(theirs[parted:parted + 3])[:400] + "\n"
                      "  ours:      " + " | ".join(ours[parted:parted + 3])[:400])


def total(results):
    rows = [row for result in results for row in result["rows"]]
    ok = [row for row in rows if row["theirs"]["status"] == "ok"]
    counts = {}
    for row in rows:
        counts[row["verdict"]] = counts.get(row["verdict"], 0) + 1
    whole = sum(all(row["verdict"] in ("alike", "shown", "gained") for row in result["rows"])
                and len(result["rows"]) == len(result["theirs"]) for result in results)
    print(f"notebooks {len(results)}, ended alike in every cell {whole}; cells {len(rows)}: {counts}; "
          f"ok under ipykernel {len(ok)}, of these ok here {sum(row['ours']['status'] == 'ok' for row in ok)}; "
          f"with other files {sum(bool(result['files']) for result in results)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="the Python that both kernels run, with ipykernel")
    parser.add_argument("--dests", action="store_true", help="the working folder is in ok_dests")
    parser.add_argument("--out", type=Path, help="write every cell's two ends there, a notebook a line")
    parser.add_argument("--known", type=Path, help="take ipykernel's side from such a file")
    parser.add_argument("--failing", action="store_true", help="ask ipykernel only where a cell did not end ok here: twice as fast")
    parser.add_argument("--only", default="", help="programs whose name has this regular expression")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--cell-seconds", type=float, default=60)
    parser.add_argument("--book-seconds", type=float, default=240)
    parser.add_argument("sources", type=Path, nargs="+")
    options = parser.parse_args()
    lines = options.known.read_text().splitlines() if options.known else []
    options.known = {book["book"]: (book["theirs"], book["wanted"]) for book in map(json.loads, lines)}
    books = [book for source in options.sources for book in ([source] if source.is_file() else sorted(source.rglob("*.ipynb")))]
    jobs = [(book.resolve(), name, cells, options) for book in books for name, cells in cells_of(book).items()
            if cells and re.search(options.only, name)]
    results = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(compare, job) for job in jobs]):
            try:
                results.append(done.result())
            except Exception as error:  # a notebook that cannot be run is told, and the others go on
                print(f"--- not run: {type(error).__name__}: {error}")
                continue
            tell(results[-1])
            sys.stdout.flush()
            if options.out:
                with options.out.open("a") as file:
                    file.write(json.dumps(results[-1]) + "\n")
    total(results)


if __name__ == "__main__":
    main()
