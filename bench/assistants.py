"""What a cell costs over `safepyrun mcp`, beside the same cell over the wire: one kernel, one call each in turn.

usage: assistants.py [--spec DIR] [--rounds N] [--notebook]

DIR: the folder of the kernelspec (default: the one of this environment). The lines are in ms: least, median, 90th centile; the last says what the medians, and (on a machine that is busy) the least, differ by."""
import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from client import Kernel
from mcp import Client, StdioServerParameters

ROOT = Path(__file__).resolve().parents[1]


def told(name, taken):
    taken = sorted(seconds * 1e3 for seconds in taken)
    print(f"{name:24} {taken[0]:8.2f} {statistics.median(taken):8.2f} {taken[len(taken) * 9 // 10]:8.2f}")
    return statistics.median(taken), taken[0]


async def measure(kernel, rounds, mode, *options):
    paths = os.pathsep.join([str(ROOT / "python"), os.environ.get("SAFEPYRUN_BUILD", str(ROOT / "build"))])
    server = StdioServerParameters(command=sys.executable, args=["-m", "safepyrun", "mcp", "--existing", kernel.connection_file, *options],
                                   env={**os.environ, "PYTHONPATH": paths})
    wire, over = [], []
    async with Client(server, mode=mode) as client:
        for i in range(rounds):
            seconds, _, _ = kernel.run("1 + 1")
            wire.append(seconds)
            begin = time.perf_counter()
            result = await client.call_tool("run_cell", {"code": "1 + 1"})
            over.append(time.perf_counter() - begin)
            assert result.content[0].text == "2", result
    return wire, over


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spec", default=os.path.join(sys.prefix, "share/jupyter/kernels/safepyrun"))
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--notebook", action="store_true", help="with --notebook, too")
    given = parser.parse_args()
    kernel = Kernel(given.spec)
    kernel.connection_file = os.path.join(kernel.folder.name, "connection.json")
    try:
        for mode in ("legacy", "auto"):
            with tempfile.TemporaryDirectory() as folder:
                options = ["--notebook", os.path.join(folder, "n.ipynb")] if given.notebook else []
                wire, over = asyncio.run(measure(kernel, given.rounds, mode, *options))
            print(f"handshake: {mode}")
            (more, least), (base, least_base) = told("  over MCP", over), told("  over the wire", wire)
            print(f"run_cell of an assistant costs {more - base:.2f} ms more (least: {least - least_base:.2f})")
    finally:
        kernel.stop()


if __name__ == "__main__":
    main()
