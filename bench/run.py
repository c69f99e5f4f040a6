"""The figures to hold, for this kernel beside others, measured in one run.

usage: run.py --build DIR [--rounds N] [--only kernels|sandbox] [--quick]

Kernels are started in turn, N times each; every figure is the median. ipykernel and xeus-python are those
installed beside this Python; `floor` is a C program that starts Python and echoes (floor.c)."""
import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import kernels
import sandbox

# what, name of the figure, how it is shown, our limit, True when more is better
ROWS = [
    ("process start to kernel_info_reply", "info_ms", "{:.0f} ms", 20, False),
    ("... to the first cell's idle", "first_cell_ms", "{:.0f} ms", 60, False),
    ("execute `1`, reply and idle, median", "execute_ms", "{:.2f} ms", 1.3, False),
    ("`print` of 100,000 lines", "print_mlines_per_s", "{:.2f} M/s", 2, True),
    ("1,000 `display()` in a cell", "displays_per_s", "{:,.0f}/s", 20_000, True),
    ("complete `im`", "complete_ms", "{:.1f} ms", 3, False),
    ("heartbeat while a cell holds the GIL", "heartbeat_busy_ms", "{:.2f} ms", 0.1, False),
    ("control while a cell holds the GIL", "control_busy_ms", "{:.2f} ms", 1, False),
    ("interrupt of `while True: pass`", "interrupt_ms", "{:.1f} ms", 5, False),
    ("memory (PSS, process tree) after one cell", "memory_mb", "{:.0f} MB", 20, False),
    ("shutdown_request to exit", "exit_ms", "{:.0f} ms", None, False),
]


def specs(build, folder):
    """Kernelspec folders by name, those that there are; ours first."""
    subprocess.run([build / "safepyrun-kernel", "install", "--prefix", folder, "--python", sys.executable],
                   check=True, stdout=subprocess.DEVNULL)
    found = {"safepyrun": folder / "share/jupyter/kernels/safepyrun"}
    subprocess.run(["cmake", "--build", build, "--target", "bench-floor"], check=True,
                   stdout=subprocess.DEVNULL)
    floor = folder / "share/jupyter/kernels/floor"
    floor.mkdir()
    (floor / "kernel.json").write_text('{"argv": ["%s", "{connection_file}"]}' % (build / "bench-floor"))
    found["floor"] = floor
    for title, name in (("ipykernel", "python3"), ("xeus-python raw", "xpython-raw"), ("xeus-python", "xpython")):
        path = Path(sys.prefix) / "share/jupyter/kernels" / name
        if path.exists():
            found[title] = path
    return found


def cell_text(value, form):
    if value is None:
        return "-"
    return value if isinstance(value, str) else form.format(value)


def verdict(value, limit, more_is_better):
    """Whether a figure holds, as a mark for the table."""
    if limit is None:
        return ""
    if not isinstance(value, (int, float)):
        return "?"
    return "holds" if (value >= limit if more_is_better else value <= limit) else "MISSED"


def kernel_table(found, rounds):
    taken = {name: [] for name in found}
    for number in range(rounds):
        for name, path in found.items():
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
            taken[name].append(kernels.measure(path))
            if "stopped" in taken[name][-1] and name != "floor":
                print(f"  stopped early: {taken[name][-1]['stopped']}", file=sys.stderr, flush=True)

    def middle(name, figure):
        values = [figures[figure] for figures in taken[name] if figure in figures]
        numbers = [v for v in values if not isinstance(v, str)]
        return statistics.median(numbers) if numbers else (values or [None])[0]

    print("| figure | " + " | ".join(found) + " | at most / at least | |")
    print("|---" * (len(found) + 3) + "|")
    for title, figure, form, limit, more_is_better in ROWS:
        shown = [cell_text(middle(name, figure), form) for name in found]
        mark = verdict(middle("safepyrun", figure), limit, more_is_better)
        bound = form.format(limit) if limit is not None else "-"
        print(f"| {title} | " + " | ".join(shown) + f" | {bound} | {mark} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="the build folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["kernels", "sandbox"])
    parser.add_argument("--quick", action="store_true", help="one round, safepyrun and floor only")
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    with tempfile.TemporaryDirectory() as folder:
        found = specs(options.build.resolve(), Path(folder))
        if options.quick:
            found = {name: found[name] for name in ("safepyrun", "floor")}
        if options.only != "sandbox":
            kernel_table(found, rounds)
        if options.only != "kernels":
            print()
            sandbox.table(found["safepyrun"], rounds)


if __name__ == "__main__":
    main()
