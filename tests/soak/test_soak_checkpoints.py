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
