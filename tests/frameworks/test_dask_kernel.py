"""A kernel's cells with a client of a real Dask cluster: what they send is guarded on the workers."""
import sys
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="it is in tests/requirements-frameworks.txt")
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "protocol")]
from built import ROOT  # noqa: E402
from raw_kernel import RawKernel  # noqa: E402
from test_dask import cluster  # noqa: E402, F401
from test_dask_guards import EFFECTS, HEAD, WORK, left  # noqa: E402


@pytest.fixture(scope="module")
def kernel(cluster, tmp_path_factory):  # noqa: F811
    kernel = RawKernel(tmp_path_factory.mktemp("kernel"), "--data", ROOT, "--magics", "open", "--floor", "auto")
    host = cluster[0].removeprefix("tcp://")
    cell = kernel.run(f"%ok_hosts --add {host}\n%allow distributed\nfrom distributed import Client\nclient = Client({cluster[0]!r}, set_as_default=False)\n"
                      f"{HEAD}client.wait_for_workers(3)")
    assert cell.reply["status"] == "ok", cell.traceback
    yield kernel
    kernel.stop()


@pytest.fixture
def sent(kernel, tmp_path):
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "folder").mkdir()
    kernel.run(f"p, q, d = {str(tmp_path / 'victim')!r}, {str(tmp_path / 'new')!r}, {str(tmp_path / 'folder')!r}")
    return kernel.run


@pytest.mark.parametrize("code", EFFECTS)
def test_what_a_cell_sends_changes_nothing_there(sent, tmp_path, code):
    sent(code)
    assert left(tmp_path) == (["folder", "victim"], "mine")


def test_what_a_cell_sends_works_there(sent):
    for code, value in WORK:
        cell = sent(code)
        assert cell.reply["status"] == "ok", (code, cell.traceback)
        assert cell.plain == repr(value) or str(value) in cell.plain, (code, cell.plain)


def test_the_refusal_there_is_the_one_here(sent):
    for code in ("client.run(os.remove, p)", "submit(os.remove, p)", "submit(Path(p).unlink)", "submit(lambda: os.remove(p))"):
        there, here = sent(code), sent("os.remove(p)")
        assert here.reply["ename"] == "Denied" and "victim' not allowed; permitted: []" in here.reply["evalue"], code
        assert there.reply["ename"] == "Denied" and "victim' not allowed; permitted: []" in there.reply["evalue"], (code, there.reply)


@pytest.mark.parametrize("processes", ["", "processes=False, ", "processes=True, "])
def test_a_cluster_in_the_kernel_itself_works_and_changes_nothing(sent, tmp_path, processes):
    "Its workers are threads of the kernel, whatever was asked for: what is sent comes back to the process that it left, on behalf of cells."
    sent(f"local = Client({processes}n_workers=1, dashboard_address=None, set_as_default=False)\noffset = 40")
    assert sent("local.submit(lambda x: x + offset, 2, pure=False).result()").plain == "42"
    assert sent("sum(local.gather(local.map(lambda x: [y ** 2 for y in range(x)][-1], range(1, 4))))").plain == "5"
    assert sent("import math\nlocal.submit(math.sqrt, 16).result()").plain == "4.0"
    for code in ("local.submit(os.remove, p).result()", "local.submit(lambda: os.remove(p)).result()", "local.run(os.remove, p)"):
        assert sent(code).reply["status"] == "error", code
    made = sent("import _safepyrun\nparts = (lambda: os.remove(p)).__reduce_ex__(4)").reply["status"]
    assert made == "error", "a function does not come apart in a cell"
    sent("import types\nc = compile('import os\\nos.remove(p)', 'x', 'exec')\n_safepyrun.restore('code', 0, 0, 0, 0, 1, 0, b'', (), (), (), 'f', 'n', 'n', 1, b'', b'', (), ())")
    assert left(tmp_path) == (["folder", "victim"], "mine")
    sent("local.close()")
