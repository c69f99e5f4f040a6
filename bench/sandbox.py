"""What the sandbox costs: each program in a fresh plain Python and in a fresh kernel, the least of N rounds."""
import math
import subprocess
import sys
from pathlib import Path

from client import Kernel
from programs import programs

PLAIN = str(Path(__file__).with_name("plain.py"))


def plain_seconds(source):
    done = subprocess.run([sys.executable, PLAIN], input=source, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return float(done.stdout.split()[-1])


def kernel_seconds(spec_dir, source):
    """The cell's own measure in a fresh kernel; RuntimeError with the reason when it did not run."""
    kernel = Kernel(spec_dir)
    try:
        _, reply, result = kernel.run(source)
    finally:
        kernel.stop()
    if reply["status"] != "ok" or result is None:
        raise RuntimeError(f"{reply.get('ename')}: {reply.get('evalue')}"[:90])
    return float(result)


def table(spec_dir, rounds):
    ratios, count = [], 0
    print("| program | plain CPython | safepyrun |")
    print("|---|---|---|")
    for name, source in programs():
        count += 1
        try:
            plain = min(plain_seconds(source) for _ in range(rounds))
        except RuntimeError as error:
            print(f"| {name} | does not run: {error} | - |", flush=True)
            continue
        try:
            ours = min(kernel_seconds(spec_dir, source) for _ in range(rounds))
        except (RuntimeError, TimeoutError) as error:
            print(f"| {name} | {plain * 1e3:.2f} ms | refused: {error} |", flush=True)
            continue
        ratios.append(ours / plain)
        print(f"| {name} | {plain * 1e3:.2f} ms | {ours / plain:.2f}x |", flush=True)
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(f"| geomean, worst, run | - | {mean:.2f}x, {max(ratios):.2f}x, {len(ratios)} of {count} |")
