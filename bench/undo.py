"""What checkpoints, %undo and %undo --files cost.

    SAFEPYRUN_BUILD=build python bench/undo.py [ROUNDS]

Times are ms, the median of ROUNDS (20) and the least of them; ratios are of two kernels that take turns in one run. With
kishu installed in the Python that runs this (pip install kishu), the same notebook is measured there.
"""
import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / part) for part in ("protocol", "")]
from programs import programs  # noqa: E402
from raw_kernel import RawKernel  # noqa: E402

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
STACK = "import numpy as np, pandas as pd, matplotlib.pyplot as plt, sklearn.ensemble, scipy.stats"


def show(label, times):
    print(f"{label:58} {statistics.median(times):9.3f} {min(times):9.3f}", flush=True)


def timed(work):
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


class Session(RawKernel):
    def __init__(self, folder, name, settings=""):
        config = folder / name / "config/safepyrun/config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(settings)
        self.folder = (folder / name / "files").resolve()
        self.folder.mkdir()
        super().__init__(folder / name / "kernel", "--magics", "open", "--state-dir", str(folder / name / "state"),
                         environment={"XDG_CONFIG_HOME": str(folder / name / "config")})
        self.good(f"import os, time\nos.chdir({str(self.folder)!r})\n%ok_dests {self.folder}")

    def good(self, code):
        cell = self.run(code, timeout=120)
        assert cell.reply["status"] == "ok", cell.traceback
        return cell

    def undo(self, *words):
        "ms from the request to the reply."
        time.sleep(.1)  # what the last cell brought about is over
        return timed(lambda: self.good(" ".join(["%undo", *words])))


def checkpoints(folder):
    "How long the process stands still for a checkpoint, as it says itself, beside its limit; how long %undo takes."
    for label, first, limit_ms in (("empty", "pass", 1), ("numpy, pandas, matplotlib, sklearn", STACK, 10),
                                   ("the same and 100 MB of floats", STACK + "\nx = np.random.rand(12_500_000)", 13),
                                   ("the same and 500 MB of floats", STACK + "\nx = np.random.rand(62_500_000)", 25)):
        kernel = Session(folder, label.replace(" ", "-"), "[limits]\ncheckpoints = 0\n")
        kernel.good(first)
        taken, undone = [], []
        for _ in range(ROUNDS):
            kernel.good("%checkpoint p")
            time.sleep(.1)
            table = [m["content"]["data"]["text/plain"] for m in kernel.good("%checkpoints").messages
                     if m["msg_type"] == "display_data"][0]
            taken.append(float(re.findall(r"([\d.]+) ms", table)[-1]))
            undone.append(kernel.undo("p"))
        show(f"a checkpoint, {label} (at most {limit_ms})", taken)
        show(f"%undo, {label}", undone)
        kernel.stop()


def execution(folder):
    "The round trip of a cell, with checkpoints and without."
    kernels = {n: Session(folder, f"kept-{n}", f"[limits]\ncheckpoints = {n}\n") for n in (0, 3)}
    times = {n: [] for n in kernels}
    for _ in range(ROUNDS * 20):
        for n, kernel in kernels.items():
            times[n].append(timed(lambda kernel=kernel: kernel.run("1")))
    for n, kernel in kernels.items():
        show(f"execute 1, checkpoints = {n}", times[n])
        kernel.stop()
    print(f"{'ratio of the medians':58} {statistics.median(times[3]) / statistics.median(times[0]):9.3f}")


def ordinary(folder):
    "The ordinary programs, with checkpoints over without: the least of some rounds that take turns."
    kernels = {n: Session(folder, f"programs-{n}", f"[limits]\ncheckpoints = {n}\n") for n in (0, 3)}
    ratios = {}
    for name, source in programs(repeat=5):
        least = dict.fromkeys(kernels, float("inf"))
        for _ in range(max(ROUNDS // 3, 3)):
            for n, kernel in kernels.items():
                cell = kernel.finish_cell(kernel.start_cell(source), timeout=120)
                assert cell.reply["status"] == "ok", (name, cell.traceback)
                least[n] = min(least[n], float(cell.plain))
        ratios[name] = least[3] / least[0]
    for kernel in kernels.values():
        kernel.stop()
    worst = max(ratios, key=ratios.get)
    print(f"{f'{len(ratios)} programs, checkpoints over none: geometric mean':58} {statistics.geometric_mean(ratios.values()):9.3f}\n"
          f"{f'... the worst, {worst}':58} {ratios[worst]:9.3f}", flush=True)


def writing(folder):
    "What a permitted open for writing costs, by whether former contents are kept."
    loop = ("def go(mode, size, distinct, folder=os.getcwd()):\n"
            "    names = [f'{folder}/f{i}' for i in range(distinct)]\n"
            "    if size:\n        for n in names:\n            with open(n, 'wb') as f: f.write(b'x' * size)\n"
            "    else:\n        for n in names:\n            if os.path.exists(n): os.remove(n)\n"
            "def opens(mode, distinct, times, folder=os.getcwd()):\n"
            "    names = [f'{folder}/f{i}' for i in range(distinct)] * times\n"
            "    began = time.perf_counter()\n"
            "    for n in names: os.close(os.open(n, mode, 0o644))\n"
            "    return (time.perf_counter() - began) / len(names) * 1e6")
    kernels = {size: Session(folder, f"undo-{size}", f'undo_files = "{size}"\n') for size in ("0", "200M")}
    for kernel in kernels.values():
        kernel.good(loop)
    new, over = os.O_CREAT | os.O_WRONLY, os.O_WRONLY | os.O_TRUNC
    for label, mode, size, distinct, times in (
            ("a new file", new, 0, 500, 1), ("a file of 4 kB, emptied", over, 4096, 500, 1),
            ("a file of 1 MB, emptied", over, 1 << 20, 20, 1), ("the same file, again and again", os.O_WRONLY, 4096, 1, 500)):
        found = {size: [] for size in kernels}
        for _ in range(max(ROUNDS // 2, 3)):
            for kept, kernel in kernels.items():
                kernel.good(f"go({mode}, {size}, {distinct})")
                found[kept].append(float(kernel.good(f"opens({mode}, {distinct}, {times})").plain))
        for kept in kernels:
            show(f"us to open {label}, undo_files = {kept}", found[kept])
    for kernel in kernels.values():
        kernel.stop()


if __name__ == "__main__":
    print(f"{'':58} {'median':>9} {'least':>9}   load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as place:
        for part in (checkpoints, execution, ordinary, writing):
            part(Path(place))
