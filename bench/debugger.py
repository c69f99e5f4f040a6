"""What a debugger costs cells that nobody debugs: the same rows in a kernel that never saw a debug_request, in one that debugpy was
attached to and detached from again, and in one that it is attached to.

usage: debugger.py --build DIR [--rounds N]

The kernels stand side by side and take their turns row by row; every figure is the least of its rounds, so that what else
the machine does is in none of them."""
import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from client import Kernel

PROGRAM = """
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
class Point:
    def __init__(self, x): self.x = x
    def moved(self, by): return Point(self.x + by)
def work():
    p, d = Point(0), {}
    for i in range(20_000):
        p = p.moved(1)
        d[i % 100] = p.x
    return fib(17), p.x, sum(d.values())
"""
ROWS = {"execute `1`": "1", "a program of some ms": "work()", "`print` of 20,000 lines": "for i in range(20_000): print(i)",
        "200 `display()`": "for i in range(200): display(i)", "a function of a line, made and called": "def g(x): return x\ng(1)"}
STATES = ("never asked for", "attached and detached", "attached")


def debug(kernel, command, sequence, **arguments):
    content = kernel.ask(kernel.control, "debug_request", {"type": "request", "seq": sequence, "command": command, "arguments": arguments})
    if not content.get("success"):
        raise RuntimeError(f"{command}: {content}")


def prepare(kernel, state):
    kernel.run(PROGRAM)
    if state == STATES[0]:
        return
    debug(kernel, "initialize", 1, clientID="bench", adapterID="", pathFormat="path", linesStartAt1=True, columnsStartAt1=True)
    debug(kernel, "attach", 2)
    debug(kernel, "configurationDone", 3)
    kernel.run("1")
    if state == STATES[1]:
        debug(kernel, "disconnect", 4)
        kernel.run("1")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    least = {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([options.build / "safepyrun-kernel", "install", "--prefix", folder, "--python", sys.executable], check=True, stdout=subprocess.DEVNULL)
        kernels = {state: Kernel(Path(folder) / "share/jupyter/kernels/safepyrun") for state in STATES}
        try:
            for state, kernel in kernels.items():
                prepare(kernel, state)
            for _ in range(options.rounds):
                for row, code in ROWS.items():
                    for state, kernel in kernels.items():
                        seconds, reply, _ = kernel.run(code)
                        assert reply["status"] == "ok", reply
                        least[row, state] = min(seconds, least.get((row, state), seconds))
        finally:
            for kernel in kernels.values():
                kernel.stop()
    print("| row | " + " | ".join(STATES) + " |\n" + "|---" * (len(STATES) + 1) + "|")
    for row in ROWS:
        first = least[row, STATES[0]]
        print(f"| {row} | {first * 1e3:.2f} ms | " + " | ".join(f"{least[row, state] * 1e3:.2f} ms, {least[row, state] / first:.2f}x" for state in STATES[1:]) + " |")


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
