"""What a refused cell shows: a short traceback that says it once, and metadata for assistants."""
import re
import subprocess
import sys

import pytest

from built import BUILD, ROOT

from test_approvals import Notebook, notebook, ok, refused  # noqa: F401 (a fixture)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    kernel = Notebook(tmp_path_factory.mktemp("denials"))
    yield kernel
    kernel.stop()


def told(cell):
    error, = (m for m in cell.messages if m["msg_type"] == "error")
    return error["metadata"].get("safepyrun")


@pytest.mark.parametrize("code, kind, callable_, line, remedy", [
    ("x = 1\nimport os\nos.unlink('x')", "write", "os.unlink", 3, "%ok_dests --add "),
    ("def f():\n    import os\n    os.system('true')\nf()", "call", "os.system", 3, "os.system"),
    ("1\nopen('x', 'w')", "write", None, 2, "%ok_dests"),
    ("!touch x", "spawn", "!touch x", 1, '%allow --shell "touch x"'),
    ("f = 1\n\nf.__globals__", "reflect", "__globals__", 3, "%%trusted"),
])
def test_an_assistant_can_act_on_it(kernel, code, kind, callable_, line, remedy):
    cell = kernel.run(code)
    refused(cell)
    metadata = told(cell)
    assert (metadata["kind"], metadata["line"]) == (kind, line) and remedy in metadata["remedy"] and metadata["reason"]
    assert callable_ is None or metadata["callable"] == callable_


def test_a_cell_that_imports_the_package_is_told_of_magics_still(kernel):
    ok(kernel.run("import safepyrun"))
    metadata = told(kernel.run("import os\nos.rmdir('x')"))
    assert metadata["remedy"].startswith("%ok_dests --add ")


def test_other_errors_have_no_such_metadata(kernel):
    cell = kernel.run("1/0")
    assert told(cell) is None and "display_data" not in cell.types


@pytest.mark.parametrize("code", [
    "open('x', 'w')", "import os\nos.unlink('<img src=x onerror=alert(1)>')", "!touch x", "%%bash\ntouch x", "%%writefile x\n1",
    "exec('(1).__globals__')", "async def f():\n    open('x', 'w')\nawait f()", "import pathlib\npathlib.Path('x').write_text('')",
    "import pandas\npandas.Series([1]).to_csv('x')", "class R:\n    def __repr__(self):\n        open('x', 'w')\nR()",
    "from concurrent.futures import ThreadPoolExecutor\nimport os\nwith ThreadPoolExecutor() as pool:\n    list(pool.map(os.unlink, ['x']))",
])
def test_why_and_the_remedy_are_shown_once(kernel, code):
    """Given a refused cell, then of all that a frontend shows of it, the traceback alone says why and what would permit it, once."""
    cell = kernel.run(code)
    refused(cell)
    error, = (m["content"] for m in cell.messages if m["msg_type"] == "error")
    others = str([m["content"] for m in cell.messages if m["msg_type"] in ("display_data", "execute_result", "stream")])
    metadata = told(cell)
    assert cell.traceback.count(metadata["reason"]) == cell.traceback.count(metadata["remedy"]) == 1
    assert metadata["reason"] not in others and metadata["remedy"] not in others
    assert error["ename"] == "Denied" and metadata["reason"] in error["evalue"], "clients that show the name and the value get it too"


def test_a_cells_own_denied_is_text_alone(kernel):
    cell = kernel.run("from safepyrun import Denied\nclass Mine(Denied):\n    @property\n    def remedy(self):\n"
                      "        print('ran')\n        return '<b>'\nraise Mine('x')")
    assert cell.stream() == "" and "display_data" not in cell.types and told(cell) is None


def test_what_a_cell_handles_shows_nothing(kernel):
    cell = ok(kernel.run("try:\n    open('x', 'w')\nexcept PermissionError:\n    pass"))
    assert "display_data" not in cell.types


def test_a_silent_cell_shows_nothing(kernel):
    assert kernel.run("open('x', 'w')", silent=True).types == ["status", "status"]


def test_the_traceback_has_the_cells_lines_and_no_library(kernel):
    cell = kernel.run("import pandas\ndef save(frame):\n    frame.to_csv('x.csv')\nsave(pandas.DataFrame({'a': [1]}))")
    assert "----> 4" in cell.traceback and "----> 3" in cell.traceback and "site-packages" not in cell.traceback
    assert "; to permit it: %ok_dests" in cell.traceback.rstrip().splitlines()[-1]


def test_every_violation_at_once_with_carets(kernel):
    cell = kernel.run("def f(): pass\nx = 'é' + f.__globals__ ; y = f.__code__\n\nif x:\n    f.__closure__")
    name = f"  Cell In[{cell.reply['execution_count']}]"
    assert cell.traceback.splitlines()[1:] == [
        name + ", line 2",
        "    x = 'é' + f.__globals__ ; y = f.__code__",
        "                ^^^^^^^^^^^",
        "    __globals__: it reaches the variables of other code",
        name + ", line 2",
        "    x = 'é' + f.__globals__ ; y = f.__code__",
        "                                    ^^^^^^^^",
        "    __code__: code objects are the interpreter's",
        name + ", line 5",
        "    f.__closure__",
        "      ^^^^^^^^^^^",
        "    __closure__: it reaches the variables of other code",
        "Denied: nothing of this cell was run; to permit it: %%trusted"]
    assert [(v["line"], v["name"]) for v in told(cell)["violations"]] == [(2, "__globals__"), (2, "__code__"), (5, "__closure__")]


def test_nothing_of_a_refused_cell_runs(kernel):
    cell = kernel.run("print('ran')\n(1).__globals__")
    assert cell.stream() == "" and refused(cell)


def test_where_it_was_is_on_the_exception(kernel):
    ok(kernel.run("try:\n    import os\n    os.unlink('x')\nexcept PermissionError as e:\n    error = e"))
    assert kernel.run("error.lineno, error.kind, error.callable").plain == "(3, 'write', 'os.unlink')"


def test_what_code_in_a_string_may_not_is_shown_where_it_was_run(kernel):
    cell = kernel.run("1\nexec('(1).__globals__')")
    assert "----> 2 exec" in cell.traceback and told(cell)["violations"][0]["line"] == 1


def test_the_remedy_can_be_run_as_it_is_written(kernel):
    (kernel.folder / "out of order").mkdir(exist_ok=True)
    remedy = told(kernel.run("open('out of order/x', 'w')"))["remedy"]
    ok(kernel.ask(remedy, "s"))
    assert kernel.writes("out of order/x") and not kernel.writes("x")
    ok(kernel.run("%ok_dests --clear"))


@pytest.mark.parametrize("code, words", [
    ("a, b = socket.socketpair()\nopen(a.fileno(), 'wb')", r"Dest \d+ \(a socket, socket:\[\d+\]\) not allowed"),
    ("os.ftruncate(os.open('/etc/hostname', os.O_RDONLY), 0)", r"Dest \d+ \(/etc/hostname\) not allowed"),
])
def test_a_descriptor_is_called_what_it_leads_to(kernel, code, words):
    ok(kernel.run("import os, socket"))
    assert re.match(words, told(kernel.run(code))["reason"])


@pytest.mark.parametrize("name", ["fractions.Fraction.numerator", "socket.socket.family"])
def test_what_is_there_and_no_callable_is_not_suggested(kernel, name):
    kernel.run("import fractions, socket")
    assert kernel.run(f"%allow {name}").reply["evalue"] == f"{name}: it is there, but nothing that could be called"


def test_what_a_library_computes_once_for_an_instance_of_its_own_is_kept(kernel):
    "functools.cached_property, first asked for by a cell."
    assert kernel.run("import platform\nplatform.processor() == platform.uname().processor").plain == "True"
    kernel.run("import functools\nclass Own:\n    @functools.cached_property\n    def kept(self): return 1\n[Own().kept for _ in range(100)]") # it is warm
    cell = kernel.run("import functools\nevil = functools.cached_property(lambda self: 1)\nevil.__set_name__(type(platform.uname()), 'machine_')\n"
                      "evil.__get__(platform.uname())")
    assert "machine_" not in kernel.run("list(vars(platform.uname()))").plain


PROUD = """import subprocess
def version():
    try:
        return subprocess.run(["git", "version"])
    except OSError:
        return None
def start():
    if version() is None: raise ImportError("bad executable") from None
def fail(): raise KeyError("of another reason")
"""


def test_a_refusal_that_a_library_makes_its_own_words_of_is_told(start, tmp_path):
    "GitPython says that the program cannot be found."
    folder = tmp_path / "site-packages"
    folder.mkdir()
    for name in ("proud", "other"):
        (folder / f"{name}.py").write_text(PROUD)
    kernel = start("--magics", "open")
    kernel.run(f"import sys; sys.path.insert(0, {str(folder)!r})\nimport proud, other")
    cell = kernel.run("proud.start()")
    assert cell.reply["ename"] == "Denied" and "subprocess.Popen" in cell.reply["evalue"] and "bad executable" in cell.traceback
    assert kernel.run("proud.version(), other.version()").plain == "(None, None)", "what is passed over ends nothing"
    assert kernel.run("proud.version()\nother.fail()").reply["ename"] == "KeyError", "another library fails for its own reasons"
    assert kernel.run("proud.version()\n1 / 0").reply["ename"] == "ZeroDivisionError"
    assert kernel.run("other.fail()").reply["ename"] == "KeyError", "in another cell it is forgotten"
    assert kernel.run("%%trusted\nproud.start()").reply["status"] == "ok"


def test_a_refusal_that_comes_pickled_is_one(start):
    "From a worker of a cluster, say; nothing has imported safepyrun here before."
    made = subprocess.run([sys.executable, "-c", "import pickle, sys; sys.path[:0] = sys.argv[1:]; import safepyrun\n"
                           "print(pickle.dumps(safepyrun.Denied('no, said there')))", BUILD, ROOT / "python"], capture_output=True, text=True, check=True)
    cell = start("--data", str(ROOT)).run(f"import pickle\nerror = pickle.loads({made.stdout.strip()})\ntype(error), str(error)")
    assert cell.reply["status"] == "ok" and cell.plain == "(safepyrun.Denied, 'no, said there')", cell.reply
