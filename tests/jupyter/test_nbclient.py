"""Notebooks executed by nbclient, as nbconvert and papermill do it."""
from pathlib import Path

import nbclient
import nbformat
import pytest

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.ipynb"))


def execute(*sources, **options):
    """A notebook of these cells, executed; its cells."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    nbclient.NotebookClient(book, kernel_name="safepyrun", timeout=60, **options).execute()
    return book.cells


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_runs_from_top_to_bottom(path, tmp_path, monkeypatch):
    monkeypatch.setenv("SAFEPYRUN_MAGICS", "open")  # nobody is there to be asked
    book = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(book, kernel_name="safepyrun", timeout=120,
                                     resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    assert all(cell.execution_count for cell in book.cells if cell.cell_type == "code" and cell.source)


def test_outputs_are_kept_in_order():
    cell, = execute("import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')\n1")
    assert [o.get("text") or o.data["text/plain"] for o in cell.outputs] == ["a\n", "b\n", "c\n", "1"]


def test_a_dataframe_is_a_table():
    cell, = execute("import pandas as pd\npd.DataFrame({'n': [1, 2]})")
    assert "<table" in cell.outputs[0].data["text/html"]


def test_a_plot_is_a_picture_at_the_end_of_its_cell():
    cell, = execute("import matplotlib.pyplot as plt\nplt.plot([1, 4, 9]);")
    assert "image/png" in cell.outputs[-1].data


def test_an_update_replaces_what_was_displayed():
    first, second = execute("h = display('before', display_id=True)", "h.update('after')")
    assert first.outputs[0].data["text/plain"] == "'after'"


def test_clear_output_clears():
    cell, = execute("from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('kept')")
    assert [o.text for o in cell.outputs] == ["kept\n"]


@pytest.mark.timeout(120)
def test_a_reply_never_meets_the_clients_own_message():
    """nbclient answers Output widgets on the socket that replies come to; a reply in that moment would not wake it, and without a
    time-out it would wait for ever."""
    pytest.importorskip("ipywidgets")
    plot = "@interact(n=(1, 9))\ndef f(n=3):\n    plt.plot(range(n))\n    plt.show()"
    output = "o = Output()\nwith o: print('in')\no"
    sources = ["import matplotlib.pyplot as plt\nfrom ipywidgets import Output, interact", *[plot, output] * 8]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    nbclient.NotebookClient(book, kernel_name="safepyrun", timeout=None).execute()
    assert all(cell.outputs for cell in book.cells[1:])


def test_an_error_stops_the_notebook_and_names_the_line():
    with pytest.raises(nbclient.exceptions.CellExecutionError) as caught:
        execute("x = 1\n1 / 0", "never = True")
    assert caught.value.ename == "ZeroDivisionError"
    assert "line 2" in caught.value.traceback


def test_a_refused_cell_is_an_ordinary_error_and_the_next_one_runs(tmp_path):
    victim = tmp_path / "victim.txt"
    victim.write_text("still here")
    refused, after = execute(f"import os\nos.unlink({str(victim)!r})", "40 + 2", allow_errors=True)
    assert refused.outputs[-1].output_type == "error"
    assert after.outputs[0].data["text/plain"] == "42"
    assert victim.read_text() == "still here"


def test_a_refusal_that_stops_a_notebook_says_why_and_the_remedy():
    """Given a runner that shows the traceback alone, or the error's name and value, then each of the two has the refusal's text."""
    with pytest.raises(nbclient.exceptions.CellExecutionError) as caught:
        execute("import os\nos.rmdir('folder')")
    for text in (caught.value.traceback, f"{caught.value.ename}: {caught.value.evalue}"):
        assert text.count("Dest 'folder' not allowed") == text.count("%ok_dests --add") == 1, text


def test_a_cell_that_takes_too_long_is_interrupted_and_the_kernel_lives():
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("while True: pass"),
                                           nbformat.v4.new_code_cell("'alive'")])
    nbclient.NotebookClient(book, kernel_name="safepyrun", timeout=2, interrupt_on_timeout=True,
                            allow_errors=True).execute()
    assert book.cells[0].outputs[-1].ename == "KeyboardInterrupt"
    assert book.cells[1].outputs[0].data["text/plain"] == "'alive'"


def test_widgets_keep_their_state_in_the_notebook():
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(
        "import ipywidgets\nipywidgets.IntSlider(value=7)")])
    nbclient.NotebookClient(book, kernel_name="safepyrun", timeout=60).execute()
    state = book.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    assert any(model["state"].get("value") == 7 for model in state.values())
