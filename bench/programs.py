"""Ordinary programs, to see what the sandbox costs: (name, preparation, timed call).

Eleven are pyperformance's (they are read from its installation), fifteen are what a notebook or an
assistant writes."""
import importlib.util
import re
from pathlib import Path

PYPERFORMANCE = {
    "richards": "Richards().run(1)",
    "deltablue": "delta_blue(200)",
    "raytrace": "bench_raytrace(1, 40, 40, None)",
    "nbody": "bench_nbody(1, 'sun', 5000)",
    "fannkuch": "fannkuch(8)",
    "nqueens": "bench_n_queens(6)",
    "go": "versus_cpu()",
    "float": "benchmark(20000)",
    "comprehensions": "bench_comprehensions(50)",
    "spectral_norm": "bench_spectral_norm(1)",
    "deepcopy": "benchmark(20)",
}

OWN = {
    "count_words": ('''
import re
from collections import Counter
text = "it was the best of times it was the worst of times " * 2000
def common(text):
    counts = Counter()
    for word in re.findall(r"[a-z]+", text.lower()):
        counts[word] += 1
    return counts.most_common(3)
''', "common(text)"),
    "group_orders": ('''
import json
orders = [{"id": n, "client": "client%d" % (n % 40), "pieces": n % 13, "price": n * 0.5} for n in range(5000)]
def report(orders):
    groups = {}
    for order in orders:
        group = groups.setdefault(order["client"].title(), {"orders": 0, "total": 0.0, "ids": []})
        group["orders"] += 1
        group["total"] += order["pieces"] * order["price"]
        group["ids"].append(str(order["id"]).zfill(6))
    return json.dumps({name: round(group["total"], 2) for name, group in sorted(groups.items())})
''', "report(orders)"),
    "sort_points": ('''
from dataclasses import dataclass
@dataclass
class Point:
    x: int
    y: int
    def norm(self):
        return (self.x ** 2 + self.y ** 2) ** 0.5
points = [Point(n * 7907 % 1009, n * 104723 % 1013) for n in range(5000)]
def nearest(points):
    return sorted(points, key=lambda point: point.norm())[:5]
''', "nearest(points)"),
    "parse_log": ('''
lines = ["10:%02d:%02d worker%d finished in=%d" % (n // 60 % 60, n % 60, n % 6, n % 997) for n in range(5000)]
def means(lines):
    spent = {}
    for line in lines:
        time, worker, verb, took = line.split()
        known = spent.get(worker)
        if known is None:
            spent[worker] = known = []
        known.append(int(took.partition("=")[2]))
    return {worker: sum(all_of) / len(all_of) for worker, all_of in spent.items()}
''', "means(lines)"),
    "join_paths": ('''
import os.path
from pathlib import Path
def names(count):
    found = []
    for n in range(count):
        path = Path("/srv") / f"part{n % 8}" / f"table{n}.csv"
        found.append(os.path.join(str(path.parent), path.stem + path.suffix))
    return found
''', "names(2000)"),
    "matrix_of_lists": ('''
def product(left, right):
    columns = list(zip(*right))
    return [[sum(a * b for a, b in zip(row, column)) for column in columns] for row in left]
matrix = [[(row * column) % 11 for column in range(60)] for row in range(60)]
''', "product(matrix, matrix)"),
    "gather": ('''
import asyncio
async def leaf(value):
    return value + 1
async def tree(depth):
    if not depth:
        return await leaf(0)
    return sum(await asyncio.gather(*(tree(depth - 1) for _ in range(4))))
''', "await tree(4)"),
    "recursion": ('''
def ways(steps):
    return 1 if steps < 2 else ways(steps - 1) + ways(steps - 2)
''', "ways(20)"),
    "linked_stack": ('''
class Link:
    def __init__(self, value, below):
        self.value = value
        self.below = below
class Stack:
    def __init__(self):
        self.top = None
        self.size = 0
    def push(self, value):
        self.top = Link(value, self.top)
        self.size += 1
    def pop(self):
        value, self.top = self.top.value, self.top.below
        self.size -= 1
        return value
def churn(count):
    stack = Stack()
    for n in range(count):
        stack.push(n)
    total = 0
    while stack.size:
        total += stack.pop()
    return total
''', "churn(10000)"),
    "flat_methods": ("made = []", "for n in range(900): made.append(str(n).lower().strip().split('7'))"),
    "flat_items": ("table = {}; numbers = list(range(900))",
                   "for n in range(900): table[numbers[n]] = numbers[n - 1] * 3"),
    "flat_attributes": ("import datetime\nday = datetime.datetime(2026, 3, 1)",
                        "for n in range(900): day.year, day.month, day.day, day.minute"),
    "flat_comprehension": ("import re", "found = [len(re.findall('[0-9]+', word)) for word in ['a1b22'] * 900]"),
    "small_arrays": ('''
import numpy as np
def total(count):
    result = 0.0
    for n in range(count):
        row = np.array([1.0, 2.0, float(n)])
        result += float(np.dot(row, row)) + row.max() + np.sqrt(row).sum()
    return result
''', "total(2000)"),
    "group_table": ('''
import pandas as pd
table = pd.DataFrame({"key": [n % 40 for n in range(20000)], "value": range(20000)})
def grouped(table):
    means = table.groupby("key")["value"].agg(["mean", "max"])
    return means.reset_index().sort_values("max").head(3)
''', "grouped(table)"),
}


def pyperformance_source(name):
    """One of pyperformance's programs without its runner; None when it is not installed."""
    spec = importlib.util.find_spec("pyperformance")
    if spec is None:
        return None
    path = Path(spec.origin).parent / "data-files" / "benchmarks" / f"bm_{name}" / "run_benchmark.py"
    source = path.read_text().split("if __name__ ==")[0]
    source = re.sub(r"^(import pyperf|from pyperf import .*|from __future__ .*)\n", "", source, flags=re.M)
    return "import time\n" + source.replace("pyperf.perf_counter", "time.perf_counter")


def programs(repeat=3):
    """Each program as (name, cell): the cell's last expression is the least time of its call, in seconds."""
    found = {name: (pyperformance_source(name), call) for name, call in PYPERFORMANCE.items()}
    found.update(OWN)
    for name, (source, call) in found.items():
        if source is not None:
            yield name, (f"{source}\nimport time\ntimes_ = []\nfor round_ in range({repeat}):\n"
                         f"    begin_ = time.perf_counter()\n    {call}\n"
                         "    times_.append(time.perf_counter() - begin_)\nmin(times_)\n")
