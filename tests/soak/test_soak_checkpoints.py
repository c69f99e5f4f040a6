"""Random sessions with checkpoints, crashes and undo, compared with a model, variable by variable."""
import os
import random
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "protocol"))
from processes import children  # noqa: E402
from raw_kernel import RawKernel  # noqa: E402
from test_checkpoints import settle  # noqa: E402

CELLS = int(os.environ.get("SAFEPYRUN_SOAK", 12000)) // 200
CRASH = "%%trusted\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)"


class Model:
    "What the namespace should hold: its states by checkpoint, and the present one."

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.now, self.named = {}, {}

    def cell(self):
        "The source of a cell and what it does to the model."
        name, value = f"v{self.random.randrange(6)}", self.random.randrange(1000)
        kind = self.random.randrange(5)
        if kind == 0:
            self.now[name] = [value] * 1000
            return f"{name} = [{value}] * 1000"
        if kind == 1 and isinstance(self.now.get(name), list):
            self.now[name] = self.now[name] + [value]
            return f"{name}.append({value})"
        if kind == 2:
            self.now["table"] = {**self.now.get("table", {}), value: name}
            return f"table = dict(globals().get('table', {{}}))\ntable[{value}] = {name!r}"
        if kind == 3 and name in self.now:
            del self.now[name]
            return f"del {name}"
        self.now[name] = value
        return f"import asyncio\n{name} = await asyncio.sleep(0, {value})"


def copied(state):
    return {k: list(v) if isinstance(v, list) else dict(v) if isinstance(v, dict) else v for k, v in state.items()}


def shown(kernel):
    return eval(kernel.run("{k: v for k, v in globals().items() if k == 'table' or k[0] == 'v' and k[1:].isdigit()}").plain
                .replace("\n", ""))


@pytest.mark.parametrize("seed", range(2))
def test_a_random_session_is_as_its_model(tmp_path, seed):
    kernel = RawKernel(tmp_path / "kernel", "--magics", "open")
    model = Model(seed)
    try:
        kernel.run("%checkpoint start")
        model.named["start"] = {}
        for step in range(CELLS):
            what = model.random.random()
            if what < .15:
                name = f"p{step}"
                assert kernel.run(f"%checkpoint {name}").reply["status"] == "ok"
                model.named = {"start": model.named["start"], name: copied(model.now)}
            elif what < .25:
                name = model.random.choice(list(model.named))
                cell = kernel.run(f"%undo {name}")
                assert cell.reply["status"] == "ok", cell.traceback
                model.now = copied(model.named.pop(name))
                assert kernel.run(f"%checkpoint {name}").reply["status"] == "ok", "the woken one is used up"
                model.named = {k: v for k, v in model.named.items() if k == "start"}
                model.named[name] = copied(model.now)
                if "start" not in model.named:
                    model.named["start"] = copied(model.now)
            elif what < .32:
                assert kernel.run("%checkpoint crash").reply["status"] == "ok"
                time.sleep(.05)
                assert kernel.run(CRASH).reply["ename"] == "WorkerDied"
                assert shown(kernel) == model.now, "nothing is lost: the checkpoint is of the moment before"
            else:
                cell = kernel.run(model.cell())
                assert cell.reply["status"] == "ok", cell.traceback
        assert shown(kernel) == model.now
        assert len(children(kernel.process.pid)) <= 17, "no zombie, no checkpoint too many"
    finally:
        kernel.stop()


# ---- with libraries, threads, tasks, databases, files, errors, interrupts

FIRST = """
import asyncio, sqlite3, threading
from concurrent.futures import ThreadPoolExecutor
import matplotlib.pyplot as plt, numpy as np, pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
X = np.random.default_rng(0).random((300, 4)); y = (X[:, 0] > .5).astype(int)
numbers, done, ticks, fitted, plots = {}, [], [], 0, 0
frame = pd.DataFrame({'x': [0]})
db = sqlite3.connect(':memory:'); _ = db.execute('create table t (x)')
book = open(PATH)
pool = ThreadPoolExecutor(2)
async def tick(k):
    await asyncio.sleep(0)
    ticks.append(k)
"""
PROBE = ("(numbers, done[-3:], len(done), ticks[-3:], len(ticks), fitted, plots, int(frame.x.sum()), len(frame), "
         "db.execute('select count(*), coalesce(sum(x), 0) from t').fetchone(), book.tell())")
KINDS = {
    "compute": "numbers[{k} % 5] = {k}",
    "pandas": "frame.loc[len(frame)] = {k}",
    "sqlite": "_ = db.execute('insert into t values (?)', ({k},))",
    "file": "_ = book.read({k})",
    "openmp": "fitted += int(HistGradientBoostingClassifier(max_iter=2).fit(X, y).score(X, y) > .5)",
    "matmul": "numbers['m'] = round(float((np.ones((200, 200)) @ np.ones((200, 200))).sum())) + {k}",
    "pool": "done += list(pool.map(abs, range({k} % 4)))",
    "thread": "t = threading.Thread(target=done.append, args=({k},)); t.start(); t.join()",
    "task": "await asyncio.create_task(tick({k}))",
    "late task": "t = asyncio.create_task(tick({k})); await asyncio.gather(t)",
    "plot": "fig, ax = plt.subplots(figsize=(1, 1)); ax.plot([1, {k}]); plt.close(fig); plots += 1",
    "error": "numbers['e'] = {k}; 1 / 0",
    "interrupt": "numbers['i'] = {k}\nwhile True: pass",
}


class Mixed:
    "What the probe should show after each cell that counts, the newest last."

    def __init__(self):
        self.states = [({}, [], [], 0, 0, (0, 1), (0, 0), 0)]

    def cell(self, kind, k):
        numbers, done, ticks, fitted, plots, (total, rows), (count, stored), at = self.states[-1]
        numbers, done, ticks = dict(numbers), list(done), list(ticks)
        if kind == "compute":
            numbers[k % 5] = k
        elif kind in ("matmul", "error", "interrupt"):
            numbers[{"matmul": "m", "error": "e", "interrupt": "i"}[kind]] = k + (200 ** 3 if kind == "matmul" else 0)
        elif kind == "pool":
            done += range(k % 4)
        elif kind == "thread":
            done.append(k)
        elif kind in ("task", "late task"):
            ticks.append(k)
        elif kind == "pandas":
            total, rows = total + k, rows + 1
        elif kind == "sqlite":
            count, stored = count + 1, stored + k
        self.states.append((numbers, done, ticks, fitted + (kind == "openmp"), plots + (kind == "plot"), (total, rows),
                            (count, stored), at + (k if kind == "file" else 0)))

    @property
    def shown(self):
        numbers, done, ticks, fitted, plots, frame, rows, at = self.states[-1]
        return (numbers, done[-3:], len(done), ticks[-3:], len(ticks), fitted, plots, *frame, rows, at)


def run_interrupted(kernel, source):
    msg_id = kernel.start_cell(source)
    time.sleep(.05)
    kernel.signal()
    cell = kernel.finish_cell(msg_id, timeout=60)
    assert cell.reply["ename"] == "KeyboardInterrupt", cell.reply


@pytest.mark.parametrize("seed", [int(os.environ.get("SAFEPYRUN_SEED", 1))])
def test_a_random_session_with_libraries(tmp_path, seed):
    chance, model = random.Random(seed), Mixed()
    (tmp_path / "book").write_text("x" * 2_000_000)
    kernel = RawKernel(tmp_path / "kernel", "--magics", "open")
    try:
        cell = kernel.finish_cell(kernel.start_cell(FIRST.replace("PATH", repr(str(tmp_path / "book")))), timeout=300)
        assert cell.reply["status"] == "ok", cell.traceback
        for step in range(500 if "SAFEPYRUN_SOAK" in os.environ else 40):
            what, k = chance.random(), chance.randrange(1, 1000)
            if what < .12 and len(model.states) > 1:
                cells = chance.randrange(1, min(3, len(model.states) - 1) + 1)
                time.sleep(chance.choice([0, .2]))
                cell = kernel.run(f"%undo {cells}")
                if cell.reply["status"] == "ok":
                    del model.states[-cells:]
                else: # none was taken there, which it says
                    assert cell.reply["ename"] == "UsageError" and "checkpoint" in cell.reply["evalue"], cell.reply
                    model.states.append(model.states[-1])
            elif what < .18:
                cell = kernel.run("%checkpoint")
                assert cell.reply["status"] == "ok", cell.reply
                model.states.append(model.states[-1])
                time.sleep(.3)
                assert kernel.run(CRASH).reply["ename"] == "WorkerDied"
            else:
                kind = chance.choice(list(KINDS))
                source = KINDS[kind].format(k=k)
                if kind == "interrupt":
                    run_interrupted(kernel, source)
                else:
                    cell = kernel.finish_cell(kernel.start_cell(source), timeout=60)
                    assert cell.reply["status"] == ("error" if kind == "error" else "ok"), (kind, cell.traceback)
                model.cell(kind, k)
            probe = kernel.run(PROBE, store_history=False)
            assert probe.reply["status"] == "ok", probe.traceback
            assert eval(probe.plain.replace("\n", "")) == model.shown, (seed, step)
        settle(kernel) # a busy machine may have taken none before any of the cells that were to be undone
        assert kernel.run(KINDS["compute"].format(k=1001)).reply["status"] == "ok"
        undone = kernel.run("%undo")
        assert undone.reply["status"] == "ok", undone.traceback
        assert eval(kernel.run(PROBE, store_history=False).plain.replace("\n", "")) == model.shown
        assert len(children(kernel.process.pid)) <= 17, "no zombie, no checkpoint too many"
    finally:
        kernel.stop()


def held(pid):
    "(KB of memory, descriptors) of a process."
    rows = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return int(rows["Pss"].split()[0]), len(os.listdir(f"/proc/{pid}/fd"))


def test_undone_again_and_again_nothing_grows(tmp_path):
    kernel = RawKernel(tmp_path / "kernel", "--magics", "open")
    try:
        kernel.run("a = [0] * 1000")

        def cycles(count):
            for _ in range(count):
                kernel.run("%checkpoint")
                kernel.run("a[0] += 1")
                assert kernel.run("%undo").reply["status"] == "ok"
            return [held(pid) for pid in (kernel.process.pid, kernel.worker)]

        first = cycles(50)
        last = cycles(950 if "SAFEPYRUN_SOAK" in os.environ else 50)
        for (memory, descriptors), (more, others) in zip(first, last):
            assert more < memory + 3000 and others < descriptors + 6, (first, last) # history: a line a cell
        assert kernel.run("a[0]").plain == "0"
        assert len(children(kernel.process.pid)) <= 10, "no zombie, no checkpoint too many"
    finally:
        kernel.stop()
