"""%undo, %checkpoints, %%preview, and what survives a crash, as a person meets them in JupyterLab."""
import os
import sys

import pytest
from lab_page import WAIT_MS
from playwright.sync_api import expect


def wait_checkpoint(notebook):
    "One of now is taken while nobody does anything."
    notebook.page.wait_for_timeout(400)


def test_undo_takes_back_a_cell_and_its_file_after_a_question(notebook, lab):
    (lab.root / "kept.csv").write_text("former")
    notebook.start(0, "%ok_dests .")
    notebook.answer("session")
    notebook.wait_done(0)
    notebook.run(1, "x = [1]")
    wait_checkpoint(notebook)
    notebook.run(2, "x.append(2)\nopen('kept.csv', 'w').write('other')\nopen('made.csv', 'w').write('new')")
    notebook.start(3, "%undo --files")
    expect(notebook.outputs(3).first).to_contain_text("kept.csv", timeout=WAIT_MS)
    notebook.answer("y")
    notebook.wait_done(3)
    seen = "\n".join(notebook.outputs(3).all_inner_texts())
    assert "Undone: what cell [3] did" in seen and "made.csv" in seen, seen
    assert (lab.root / "kept.csv").read_text() == "former" and not (lab.root / "made.csv").exists()
    assert "[1]" in notebook.run(4, "x")
    notebook.wait_idle()
    (lab.root / "kept.csv").unlink()


def test_a_named_checkpoint_is_listed_and_gone_back_to(notebook):
    notebook.run(0, "x = 'before'")
    notebook.run(1, "%checkpoint start")
    wait_checkpoint(notebook)
    notebook.run(2, "x = 'after'")
    wait_checkpoint(notebook)
    seen = notebook.run(3, "%checkpoints")
    assert "start" in seen and "MB" in seen, seen
    notebook.run(4, "%undo start")
    assert "'before'" in notebook.run(5, "x")


def test_a_preview_shows_files_and_variables_and_touches_nothing(notebook, lab):
    (lab.root / "a.csv").write_text("one\ntwo\n")
    notebook.start(0, "%ok_dests .")
    notebook.answer("session")
    notebook.wait_done(0)
    notebook.run(1, "import os\nn = 1")
    cell = "n = 2\nopen('a.csv', 'w').write('one\\nthree\\n')\nopen('b.csv', 'w').write('b')\nprint('ran')"
    seen = notebook.run(2, "%%preview\n" + cell)
    if "cannot" in seen and "mount" in seen:
        pytest.skip("this system lets no process have a mount namespace")
    for word in ("ran", "a.csv", "b.csv", "three", "n"):
        assert word in seen, seen
    assert (lab.root / "a.csv").read_text() == "one\ntwo\n" and not (lab.root / "b.csv").exists()
    assert "1" in notebook.run(3, "n")
    notebook.start(4, "%%preview --apply\n" + cell)
    notebook.answer("y")
    notebook.wait_done(4)
    assert (lab.root / "a.csv").read_text() == "one\nthree\n" and (lab.root / "b.csv").read_text() == "b"
    assert "2" in notebook.run(5, "n")
    for name in ("a.csv", "b.csv"):
        (lab.root / name).unlink()


@pytest.mark.parametrize("cell, said", [
    ("%%trusted\nimport os\nos.abort()", "SIGABRT"),
    ("%%trusted\nimport ctypes\nctypes.string_at(0)", "SIGSEGV"),
    pytest.param("%%trusted\nimport sys\nsys.setrecursionlimit(10**9)\nx = []\nfor _ in range(10**6): x = [x]\nrepr(x)", "SIGSEGV",
                 marks=pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python itself holds how deep C calls itself")),
], ids=["abort", "null pointer", "stack of C"])
def test_a_crash_leaves_the_variables(notebook, cell, said):
    "The error names the signal and the line; the next cell runs, restart and interrupt work as before."
    notebook.run(0, "kept = [1, 2, 3]")
    wait_checkpoint(notebook)
    notebook.start(1, cell)
    notebook.answer("y")
    notebook.wait_done(1)
    seen = "\n".join(notebook.outputs(1).all_inner_texts())
    assert said in seen and "the session goes on with the variables" in seen and "Cell In[2]" in seen, seen
    assert "[1, 2, 3]" in notebook.run(2, "kept")
    notebook.start(3, "print('looping')\nwhile True: pass")
    expect(notebook.outputs(3).first).to_contain_text("looping", timeout=WAIT_MS)
    notebook.page.locator('[data-command="notebook:interrupt-kernel"]').first.click()
    notebook.wait_done(3)
    expect(notebook.outputs(3).last).to_contain_text("KeyboardInterrupt")
    notebook.page.locator('[data-command="notebook:restart-kernel"]').first.click()
    notebook.page.locator(".jp-Dialog .jp-mod-accept").click()
    notebook.wait_idle()
    assert "NameError" in notebook.run(4, "kept")


def test_a_cell_that_takes_too_much_memory(notebook):
    notebook.run(0, "kept = 1")
    notebook.start(1, "%limits memory=300M")
    box = notebook.page.locator(".jp-Stdin-input")
    done = notebook.cells.nth(1).locator(".jp-InputArea-prompt", has_text="[2]:")
    expect(box.or_(done).first).to_be_visible(timeout=WAIT_MS)
    if box.count():
        notebook.answer("y")
    notebook.wait_done(1)
    wait_checkpoint(notebook)
    seen = notebook.run(2, "big = []\nwhile True: big.append(bytearray(10_000_000))")
    assert "memory" in seen.lower() and ("LimitExceeded" in seen or "MemoryError" in seen), seen
    assert "1" in notebook.run(3, "kept")
