"""Displays that fail: an error on iopub always; of the cell when its result was shown, or when the sandbox refused."""
import pytest

KINDS = {
    "html": "def _repr_html_(self): raise KeyError('x')",
    "bundle": "def _repr_mimebundle_(self, include=None, exclude=None): raise KeyError('x')",
    "itself": "def _ipython_display_(self): raise KeyError('x')",
    "printer": "def _repr_pretty_(self, p, cycle): raise KeyError('x')",
    "repr": "def __repr__(self): raise KeyError('x')",
}


def errors(cell):
    return [m["content"]["ename"] for m in cell.messages if m["msg_type"] == "error"]


def of_type(cell, msg_type):
    return [m["content"]["data"] for m in cell.messages if m["msg_type"] == msg_type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_that_fails_to_show_is_the_cells_error(raw, kind):
    raw.run(f"class Fails:\n    {KINDS[kind]}")
    cell = raw.run("Fails()")
    assert cell.reply["status"] == "error" and cell.reply["ename"] == "KeyError" and cell.reply["traceback"]
    assert errors(cell) == ["KeyError"]
    shown = of_type(cell, "execute_result")
    assert bool(shown) == (kind in ("html", "bundle", "itself"))  # the other representations are shown all the same
    assert all(list(data) == ["text/plain"] for data in shown)


@pytest.mark.parametrize("kind", KINDS)
def test_a_display_that_fails_lets_the_cell_go_on(raw, kind):
    raw.run(f"class Fails:\n    {KINDS[kind]}")
    cell = raw.run("display(Fails())\nprint('after')")
    assert cell.reply["status"] == "ok" and errors(cell) == ["KeyError"]
    assert cell.stream() == "after\n"
    assert bool(of_type(cell, "display_data")) == (kind in ("html", "bundle", "itself"))


def test_what_is_not_implemented_is_no_error(raw):
    raw.run("class Without:\n    def _repr_html_(self): raise NotImplementedError\n    def __repr__(self): return 'w'")
    cell = raw.run("Without()")
    assert cell.reply["status"] == "ok" and cell.plain == "w" and not errors(cell)


@pytest.mark.parametrize("method", ["_repr_html_", "__repr__"])
@pytest.mark.parametrize("code", ["Removes()", "display(Removes())\nprint('after')"])
def test_a_refusal_inside_a_repr_is_shown_and_is_the_cells_error(raw, tmp_path, method, code):
    victim = tmp_path / "victim"
    victim.write_text("x")
    raw.run(f"import os\nclass Removes:\n    def {method}(self): os.unlink({str(victim)!r})")
    cell = raw.run(code)
    assert victim.exists()
    assert cell.reply["status"] == "error" and cell.reply["ename"] == "Denied" and errors(cell) == ["Denied"]
    metadata, = [m["metadata"] for m in cell.messages if m["msg_type"] == "error"]
    assert metadata["safepyrun"]["callable"]


@pytest.mark.parametrize("bundle", ["'text'", "5", "['text/plain', 'x']", "('text', {})"])
def test_a_bundle_that_is_none_is_left_out(raw, bundle):
    cell = raw.run(f"class C:\n    def _repr_mimebundle_(self, include=None, exclude=None): return {bundle}\n    def __repr__(self): return 'shown'\nC()")
    assert (cell.reply["status"], cell.plain) == ("ok", "shown") and "_repr_mimebundle_" in cell.stream("stderr")


def test_the_next_cell_is_not_that_cells(raw):
    raw.run("class Fails:\n    def _repr_html_(self): raise KeyError('x')\nFails()")
    assert raw.run("1").reply["status"] == "ok"


def test_cells_behind_a_failed_display_are_aborted(raw):
    raw.client.execute("import time\ntime.sleep(0.5)\nclass Fails:\n    def _repr_html_(self): raise KeyError('x')\nFails()", stop_on_error=True)
    raw.client.execute("2")
    replies, _ = raw.answers(2)
    assert [reply["content"]["status"] for reply in replies] == ["error", "aborted"]


def test_an_expression_that_fails_to_show_is_its_own_error(raw):
    raw.run("class Fails:\n    def __repr__(self): raise KeyError('x')\nfails = Fails()")
    msg_id = raw.client.execute("1", user_expressions={"a": "fails", "b": "2"})
    content = raw.reply()["content"]
    raw.published(msg_id)
    assert content["status"] == "ok"
    assert content["user_expressions"]["a"]["status"] == "error" and content["user_expressions"]["a"]["ename"] == "KeyError"
    assert content["user_expressions"]["b"]["data"] == {"text/plain": "2"}


def test_an_interrupted_display_ends_the_cell(raw):
    raw.run("class Stops:\n    def _repr_html_(self): raise KeyboardInterrupt")
    cell = raw.run("display(Stops())\nprint('after')")
    assert cell.reply["ename"] == "KeyboardInterrupt" and cell.stream() == ""


def test_what_is_caught_and_printed_has_its_remedy(raw, tmp_path):
    text = raw.run(f"try:\n    open({str(tmp_path / 'new')!r}, 'w')\nexcept Exception as error:\n    print(error)").stream()
    assert text == f"Dest '{tmp_path / 'new'}' not allowed; permitted: []; to permit it: %ok_dests --add {tmp_path}\n"


def test_a_folder_that_is_written_into_is_its_own_remedy(raw, tmp_path):
    cell = raw.run(f"import shutil\n%cd -q {tmp_path}\nshutil.unpack_archive('a.zip', '.')")
    assert cell.reply["evalue"].endswith(f"to permit it: %ok_dests --add {tmp_path}")


@pytest.mark.parametrize("code", ["import threading\nthread = threading.Thread(target=lambda: open({path!r}, 'w'))\nthread.start()\nthread.join()",
                                  "class Late:\n    def __del__(self): open({path!r}, 'w')\nlate = Late()\ndel late"])
def test_refusals_of_threads_and_finalizers_are_told_with_their_remedy(raw, tmp_path, code):
    cell = raw.run(code.format(path=str(tmp_path / "new")))
    assert f"to permit it: %ok_dests --add {tmp_path}" in cell.stream("stderr") and not (tmp_path / "new").exists()
