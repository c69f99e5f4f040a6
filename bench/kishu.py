"""The same notebook under Kishu (on ipykernel) and here: what each cell costs, and what going back takes.

    python -m venv kishu && kishu/bin/python -m pip install kishu
    SAFEPYRUN_BUILD=build python bench/kishu.py kishu/bin/python

No browser is there: Kishu waits for one to save the notebook when it goes back, which its time contains.
"""
import json
import os
import sys
import tempfile
import time
import uuid
from pathlib import Path

CELLS = ["import numpy as np, pandas as pd", "df = pd.DataFrame(np.random.rand(100_000, 10)); d = {i: i for i in range(100_000)}",
         "x = np.random.rand(12_500_000)", "n = 1", "df2 = df.copy(); df2[0] += 1", "d[5] = 'changed'; n += 1",
         "gen = (i for i in range(10)); next(gen)",
         "import sqlite3; con = sqlite3.connect(':memory:'); con.execute('create table t (x)'); con.commit()",
         "f = open(path); line = f.readline()", "n += 1"]
AFTER = "n, d[5], next(gen), con.execute('select count(*) from t').fetchone(), f.tell()"
SPOIL = "n = 100; d[5] = 'again'; con.execute('insert into t values (1)'); line = f.readline()"


def under_kishu():
    "In Kishu's own Python."
    import nbformat
    from jupyter_client.manager import KernelManager
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(tempfile.mkdtemp())
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}}
    nbformat.write(notebook, folder / "notebook.ipynb")
    os.makedirs(jupyter_runtime_dir(), exist_ok=True)
    manager = KernelManager(kernel_name="python3", connection_file=f"{jupyter_runtime_dir()}/kernel-{uuid.uuid4()}.json")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def run(code):
        shown = []
        began = time.perf_counter()
        reply = client.execute_interactive(code, timeout=180, output_hook=lambda m: shown.append(m["content"]))
        return (time.perf_counter() - began) * 1000, reply["content"]["status"], shown

    path = str(folder / "notebook.ipynb")
    run(f"path = {path!r}")
    for label in ("ipykernel", "Kishu"):
        for cell in CELLS:
            print(f"{label:>12} {run(cell)[0]:9.1f} ms  {cell[:60]}", flush=True)
        if label == "ipykernel":
            run(f"from kishu import init_kishu; init_kishu({path!r})")
    run(f"from kishu.commands import KishuCommand; from pathlib import Path\n"
        f"last = KishuCommand.log_all(Path({path!r})).commit_graph[-1].commit_id")
    run(SPOIL)
    back = run("_kishu.checkout(last, skip_notebook=True)")
    print(f"{'Kishu':>12} {back[0]:9.1f} ms  back ({back[1]}): {[c.get('data') for c in run(AFTER)[2]]}")
    manager.shutdown_kernel(now=True)


def under_safepyrun():
    sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / part) for part in ("protocol", "")]
    from raw_kernel import RawKernel

    for kept in (0, 3):
        kernel = RawKernel(Path(tempfile.mkdtemp()), "--magics", "open", "--limits", f"checkpoints={kept}")
        kernel.run(f"path = {str(Path(__file__).resolve())!r}")
        for cell in CELLS:
            began = time.perf_counter()
            kernel.run(cell, timeout=120)
            print(f"{f'checkpoints={kept}':>12} {(time.perf_counter() - began) * 1000:9.1f} ms  {cell[:60]}", flush=True)
            time.sleep(.2)
        if kept:
            kernel.run("%checkpoint p")
            kernel.run(SPOIL)
            began = time.perf_counter()
            kernel.run("%undo p")
            print(f"{'%undo':>12} {(time.perf_counter() - began) * 1000:9.1f} ms  back: {kernel.run(AFTER).plain}")
        kernel.stop()


if __name__ == "__main__":
    if sys.argv[1:] == ["--here"]:
        under_kishu()
    else:
        print(json.dumps({"load": os.getloadavg()}))
        under_safepyrun()
        python = sys.argv[1]
        os.environ["PATH"] = f"{Path(python).parent}:{os.environ['PATH']}"
        os.execv(python, [python, __file__, "--here"])
