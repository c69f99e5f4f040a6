"""%audit reads like a log: in which cell, what, and whether the cell or a library tried it."""
import json
import re

import pytest

from test_approvals import Notebook, ok

LIBRARY = """
import os
def load():
    try:
        os.mkdir('cache')
    except PermissionError:
        pass
    return 'loaded'
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit")
    packages = folder / "lib" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "helpful_library.py").write_text(LIBRARY)
    kernel = Notebook(folder, config='on_refusal = "tell"\n', environment={"PYTHONPATH": str(packages)})
    yield kernel
    kernel.stop()


def records(kernel, options=""):
    return [json.loads(line) for line in ok(kernel.run(f"%audit -j {options}")).stream().splitlines()]


def shown(cell, kind):
    return next(m["content"]["data"][kind] for m in cell.messages if m["msg_type"] == "display_data")


def test_what_the_cell_asked_is_told_from_what_a_library_tried(kernel):
    ok(kernel.run("import helpful_library, os\nhelpful_library.load()"))
    kernel.run("os.mkdir('mine')")
    library, own = records(kernel, "-n 2")
    assert library["by"] == "helpful_library" and own["by"] == "" and own["cell"] == library["cell"] + 1
    text = shown(kernel.run("%audit -n 2"), "text/plain")
    assert re.search(rf"In\[{library['cell']}\] .* helpful_library ", text) and re.search(rf"In\[{own['cell']}\] .* the cell ", text)


@pytest.mark.parametrize("code, name", [
    ("pd.DataFrame({'a': [1]}).to_csv('t.csv')", "pandas.DataFrame.to_csv"),
    ("pd.Series([1]).to_csv('t.csv')", "pandas.Series.to_csv"),
    ("pd.DataFrame.to_csv(pd.DataFrame({'a': [1]}), 't.csv')", "pandas.DataFrame.to_csv"),
    ("class Mine(pd.DataFrame): pass\nMine({'a': [1]}).to_csv('t.csv')", "pandas.DataFrame.to_csv"),
    ("open('t', 'w')", "open"),
    ("import io\nio.open('t', 'w')", "open"),
    ("import pathlib\npathlib.Path('t').write_text('x')", "pathlib.Path.write_text"),
])
def test_a_call_is_called_what_the_cell_calls_it(kernel, code, name):
    ok(kernel.run("import pandas as pd"))
    assert kernel.run(code).reply["ename"] == "Denied"
    assert records(kernel, "-n 1")[0]["callable"] == name


def test_one_cell_alone(kernel):
    kernel.run("open('before', 'w')")
    kernel.run("for name in ('x1', 'x2'):\n    try:\n        open(name, 'w')\n    except PermissionError:\n        pass")
    number = records(kernel, "-n 1")[0]["cell"]
    kernel.run("open('after', 'w')")
    assert [record["reason"][:9] for record in records(kernel, f"-c {number}")] == ["Dest 'x1'", "Dest 'x2'"]
    assert records(kernel, f"-c {number} -n 1")[0]["reason"].startswith("Dest 'x2'")
    assert records(kernel, "-c 100000") == []
    assert "Nothing was refused" in ok(kernel.run("%audit -c 100000")).stream()


def test_the_same_again_is_counted(kernel):
    kernel.run("for i in range(3):\n    try:\n        open('again', 'w')\n    except PermissionError:\n        pass")
    number = records(kernel, "-n 1")[0]["cell"]
    text = shown(kernel.run(f"%audit -c {number}"), "text/plain")
    assert "open (3 times)" in text and len(text.strip().splitlines()) == 2
    assert ok(kernel.run(f"%audit -c {number} --count")).stream() == "3: 3 write\n"


def test_a_grant_has_its_cell(kernel):
    ok(kernel.ask("%ok_dests --add granted", "s"))
    grant = records(kernel, "-n 1")[0]
    assert grant["kind"] == "granted" and grant["cell"] > 0
    kernel.run("%ok_dests --clear")


def test_what_the_floor_refuses_has_its_cell(kernel):
    kernel.run("import numpy as np\nimport lmdb\ntry:\n    lmdb.open('base')\nexcept Exception:\n    pass")
    record = records(kernel, "-n 1")[0]
    assert record["kind"] == "floor" and "base" in record["callable"] and record["cell"] > 0


def test_as_a_table_to_keep(kernel):
    kernel.run("open('<b>bold</b>', 'w')")
    cell = ok(kernel.run("%audit -n 1 --html"))
    html = shown(cell, "text/html")
    assert "<summary>1: 1 write" in html and "&lt;b&gt;bold" in html and "<b>" not in html and "the cell" in html


@pytest.mark.parametrize("line", ["%audit --nothing", "%audit -c x", "%audit -c 0", "%audit --html --count", "%audit 5"])
def test_what_is_wrong_is_a_usage_error(kernel, line):
    assert kernel.run(line).reply["ename"] == "UsageError"
