"""What the floor costs an open: plain, at least (bench/least.c: answered by another process that judges nothing), in a cell,
and under another supervisor, in one run.

    python bench/opens.py [--rounds N] [--beside "PROGRAM ARG..."]   `{ok}` in it is the folder that may be written

Each round takes all of them in turn, on one processor and on all; the best and the median of the rounds are printed, in us:
for an open and its close, and for each file of a tree of 10,000."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "tests" / "protocol")]
from raw_kernel import RawKernel  # noqa: E402

CASES = {"write-open": ("ok/file", os.O_WRONLY, 2000, 1), "with O_CREAT, O_TRUNC": ("ok/file", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 2000, 1),
         "refused": ("out/file", os.O_WRONLY, 2000, 1), "read-open": ("out/file", os.O_RDONLY, 20000, 1),
         "64 threads": ("ok/file", os.O_WRONLY, 300, 64)}
LEAST = {"write-open": "permitted", "refused": "refused"}
TREE = "10,000 small files"
CODE = """
import json, os, shutil, opens
if {pinned}: os.sched_setaffinity(0, {{0}})
taken = {{name: opens.opens({folder!r} + "/" + path, *rest) for name, (path, *rest) in {cases!r}.items()}}
taken[{tree!r}] = opens.tree({folder!r} + "/ok/tree", 100, 100)
shutil.rmtree({folder!r} + "/ok/tree")
print(json.dumps(taken))
"""


def in_program(command, code, environment):
    text = subprocess.run([*command, sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout
    return json.loads(text.splitlines()[-1])


def at_least(program, folder, pinned):
    on = ["taskset", "-c", "0"] if pinned else []
    taken = {}
    for name, how in LEAST.items():
        path, _, count, _ = CASES[name]
        taken[name] = float(subprocess.run([*on, program, how, folder / path, str(count)], capture_output=True, text=True, check=True).stdout)
    return taken


def in_cell(kernel, code):
    cell = kernel.collect(kernel.client.execute(code, allow_stdin=False), timeout=600)
    assert cell.reply["status"] == "ok", cell.traceback
    return json.loads(cell.stream())


def pin(pid, pinned):
    "All threads of the front, where the cell will be."
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {0} if pinned else range(os.cpu_count()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--beside")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="opens-"))
    for name in ("ok", "out"):
        (folder / name).mkdir()
        (folder / name / "file").write_text("")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-I", sysconfig.get_path("include"), str(HERE / "opens.c"), "-o",
                    str(folder / ("opens" + sysconfig.get_config_var("EXT_SUFFIX"))), "-lpthread"], check=True)
    subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", str(HERE / "least.c"), "-o", str(folder / "least")], check=True)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    kernel = RawKernel(folder / "kernel", "--magics", "open", environment={"PYTHONPATH": str(folder)})
    in_cell(kernel, f"%allow opens\n%ok_dests {folder}/ok\nprint(1)")
    taken = {}
    for _ in range(options.rounds):
        for pinned in (True, False):
            code = CODE.format(pinned=pinned, folder=str(folder), cases=CASES, tree=TREE)
            pin(kernel.process.pid, pinned)
            cell = code.replace("if True: os.sched_setaffinity(0, {0})", "").replace("if False: os.sched_setaffinity(0, {0})", "")
            pin(kernel.worker, pinned)
            ways = {"plain": lambda: in_program([], code, environment),
                    "least": lambda: at_least(folder / "least", folder, pinned), "cell": lambda: in_cell(kernel, cell)}
            if options.beside:
                beside = options.beside.format(ok=folder / "ok").split()
                ways["beside"] = lambda: in_program((["taskset", "-c", "0"] if pinned else []) + beside, code, environment)
            for way, run in ways.items():
                for name, us in run().items():
                    taken.setdefault((pinned, name, way), []).append(us)
    print(f"{'':24}{'':10}" + "".join(f"{way:>20}" for way in ways))
    for pinned in (True, False):
        for name in [*CASES, TREE]:
            print(f"{name:24}{'one CPU' if pinned else 'all CPUs':10}" + "".join(
                f"{min(us):11.2f} {statistics.median(us):8.2f}" if (us := taken.get((pinned, name, way))) else " " * 20 for way in ways))
    kernel.stop()


if __name__ == "__main__":
    main()
