"""Cells that use what Python 3.14 and 3.15 brought, in a kernel on the floor: the ordinary end well, the accidents have no effect."""
import sys

import pytest
from held import Floor
import newer_cells

HERE = sys.version_info[:2]
pytestmark = pytest.mark.skipif(HERE < (3, 14), reason="needs Python 3.14")


def of_this_python(cells):
    return {name: code for name, (*since, code) in cells.items() if tuple(since) <= HERE}


ORDINARY, ACCIDENTS = of_this_python(newer_cells.ORDINARY), of_this_python(newer_cells.ACCIDENTS)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory, extension):
    "A kernel whose cells may write below `ok`; each test finds `victim` and `treasure/kept` in its current folder."
    kernel = Floor(tmp_path_factory.mktemp("newer"), extension)
    kernel.good(f"os.chdir({str(kernel.ok.parent)!r})")
    yield kernel
    kernel.stop()


@pytest.fixture
def folder(kernel):
    folder = kernel.ok.parent
    (folder / "treasure").mkdir(exist_ok=True)
    (folder / "victim").write_text("keep")
    (folder / "treasure/kept").write_text("keep")
    return folder


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_cell_ends_well(kernel, folder, name):
    cell = kernel.run(ORDINARY[name])
    assert cell.reply["status"] == "ok", cell.traceback


@pytest.mark.parametrize("name", ACCIDENTS)
def test_an_accident_has_no_effect(kernel, folder, name):
    mode, worker = (folder / "treasure").stat().st_mode, kernel.worker
    kernel.run(ACCIDENTS[name])
    assert (folder / "victim").read_bytes() == (folder / "treasure/kept").read_bytes() == b"keep"
    assert (folder / "treasure").stat().st_mode == mode
    assert kernel.works and kernel.worker == worker
