"""%%trusted, `@allow`, %allow and %deny: functions of the host in a notebook."""
import pytest

from test_approvals import Notebook, notebook, ok, refused  # noqa: F401 (a fixture)


@pytest.fixture
def kernel(notebook):
    return notebook("--magics", "open", "--floor", "off") # where what no pack lists is refused


@pytest.fixture(scope="module")
def one_kernel(tmp_path_factory):
    kernel = Notebook(tmp_path_factory.mktemp("trusted"), "--magics", "open", "--floor", "off")
    ok(kernel.run('%allow --shell "printf one"'))
    yield kernel
    kernel.stop()


MAKE = "%%trusted\nimport os\n@allow\ndef make(path):\n    os.mkdir(path)\n    return 'made'\n"


# ---- @allow ------------------------------------------------------------------------------------------------------------

def test_an_allowed_function_acts_for_later_cells(kernel):
    ok(kernel.run(MAKE))
    assert kernel.run("make('made')").plain == "'made'" and (kernel.folder / "made").exists()
    refused(kernel.run("import os\nos.mkdir('other')"))
    assert not (kernel.folder / "other").exists()


def test_allow_is_lent_to_the_trusted_cell_only(kernel):
    ok(kernel.run(MAKE))
    assert kernel.run("(allow)").reply["ename"] == "NameError"
    ok(kernel.run("allow = 5"))
    assert ok(kernel.run("%%trusted\nallow")).plain == "5"


def test_allow_can_be_imported_there(kernel):
    ok(kernel.run("%%trusted\nfrom safepyrun import allow as permit, PosAllowPolicy\n"
                  "def save(text, path):\n    open(path, 'w').write(text)\n"
                  "permit((save, PosAllowPolicy(1, 'path')))"))
    assert "not allowed" in refused(kernel.run("save('x', 'file')"))
    ok(kernel.run("%ok_dests ."))
    ok(kernel.run("save('x', path='file')"))
    assert (kernel.folder / "file").read_text() == "x"


def test_a_cell_cannot_use_what_trusted_imported(kernel):
    ok(kernel.run("%%trusted\nfrom safepyrun import allow as permit"))
    refused(kernel.run("import os\npermit(os.mkdir)"))
    refused(kernel.run("import os\nos.mkdir('outside')"))


def test_what_is_not_allowed_is_refused_until_it_is(kernel):
    ok(kernel.run("%%trusted\nimport os\ndef plain(): return 'plain'\ndef effect(): os.mkdir('outside')"))
    cell = kernel.run("plain()")
    refused(cell)
    remedy = next(m["metadata"]["safepyrun"]["remedy"] for m in cell.messages if m["msg_type"] == "error")
    ok(kernel.run(remedy))
    assert kernel.run("plain()").plain == "'plain'"
    ok(kernel.run("%allow effect"))
    assert kernel.run("plain()").plain == "'plain'"
    refused(kernel.run("effect()"))
    assert not (kernel.folder / "outside").exists()
    ok(kernel.run("%allow --trust effect"))
    ok(kernel.run("effect()"))
    assert (kernel.folder / "outside").exists()


def test_a_trusted_function_lends_a_cell_nothing(kernel):
    ok(kernel.run("%%trusted\n@allow\ndef call(f, *args): return f(*args)"))
    refused(kernel.run("import os\ncall(os.system, 'touch outside')"))
    cell = kernel.run("call(lambda: open('outside', 'w'))")
    assert refused(cell) and not (kernel.folder / "outside").exists()


def test_host_code_shows_its_result_and_its_error_line(kernel):
    assert ok(kernel.run("%%trusted\nx = 6\nx * 7")).plain == "42"
    cell = kernel.run("%%trusted\nx = 1\n1/0")
    assert cell.reply["ename"] == "ZeroDivisionError" and "----> 3 1/0" in cell.traceback


def test_await_and_magics_in_a_trusted_cell(kernel):
    assert ok(kernel.run("%%trusted\nimport asyncio\nawait asyncio.sleep(0, 'slept')")).plain == "'slept'"
    assert ok(kernel.run("%%trusted\nhere = %pwd\nhere")).plain == repr(str(kernel.folder))


# ---- kept names -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code", ["def make(): return 'mine'", "make = 5", "del make", "for make in [1]: pass", "import json as make",
                                  "globals()['make'] = 1", "from math import pi as make", "class make: pass",
                                  "with __import__('contextlib').nullcontext(1) as make: pass", "make = 1\n1/0"])
def test_a_later_cell_does_not_take_the_name_over(kernel, code):
    ok(kernel.run(MAKE))
    cell = kernel.run(code)
    assert "make is from a %%trusted cell and was kept" in cell.stream("stderr")
    assert kernel.run("make('made')").plain == "'made'"
    assert "kept" not in kernel.run("1").stream("stderr")


def test_a_module_is_kept_and_data_is_not(kernel):
    ok(kernel.run("%%trusted\nimport json as js\ndata = [1]\n_private = len\nfree_ = len"))
    cell = ok(kernel.run("js = 1\ndata = 2\n_private = 3\nfree_ = 4"))
    assert cell.stream("stderr").count("kept") == 1
    assert kernel.run("js.__name__, data, _private, free_").plain == "('json', 2, 3, 4)"


def test_the_suffix_is_free(kernel):
    ok(kernel.run(MAKE))
    cell = ok(kernel.run("make_ = 5\nmake_"))
    assert cell.plain == "5" and cell.stream("stderr") == ""


def test_another_trusted_cell_may_change_it(kernel):
    ok(kernel.run(MAKE))
    ok(kernel.run("%%trusted\n@allow\ndef make(): return 'new'"))
    assert kernel.run("make()").plain == "'new'" and kernel.run("make = 1").stream("stderr")
    ok(kernel.run("%%trusted\ndel make"))
    assert ok(kernel.run("make = 1\nmake")).plain == "1" and kernel.run("make").plain == "1"


def test_reset_forgets_them(kernel):
    ok(kernel.run(MAKE))
    assert ok(kernel.run("%reset -f")).stream("stderr") == ""
    assert ok(kernel.run("make = 1")).stream("stderr") == ""


@pytest.mark.parametrize("code", ["%%trusted now\nx = 1", "%trusted x = 1"])
def test_a_trusted_cell_that_is_no_cell(one_kernel, code):
    assert one_kernel.run(code).reply["ename"] == "UsageError"
    assert one_kernel.run("x").reply["ename"] == "NameError"


# ---- %allow and %deny --------------------------------------------------------------------------------------------------------

LIBRARY = """
import os
def one(): return 1
def two(): return 2
class Tool:
    def __init__(self): self.made = True
    def run(self): return 'ran'
    @staticmethod
    def make(): return 'made'
    @classmethod
    def name(cls): return cls.__name__
"""


def write_library(kernel):
    "As an installed package: what lies beside the notebook is the person's own, and callable."
    package = kernel.folder / "installed" / "site-packages" / "mytools"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(LIBRARY)
    (package / "deep.py").write_text("def down(): return 'deep'\n")
    ok(kernel.run("import sys\nsys.path.insert(0, 'installed/site-packages')"))
    return kernel


@pytest.fixture
def library(kernel):
    return write_library(kernel)


@pytest.fixture(scope="module")
def one_library(one_kernel):
    ok(write_library(one_kernel).run("import mytools\ndata = 5"))
    return one_kernel


def test_a_library_that_is_not_imported_yet(library):
    ok(library.run("%allow mytools.one"))
    assert library.run("import mytools\nmytools.one()").plain == "1"
    refused(library.run("mytools.two()"))


def test_a_module_below_that_is_not_imported_yet(library):
    ok(library.run("%allow mytools.deep.down"))
    assert library.run("import mytools.deep\nmytools.deep.down()").plain == "'deep'"


def test_a_whole_package(library):
    ok(library.run("%allow mytools"))
    assert library.run("import mytools.deep as d, mytools as m\nd.down(), m.two(), m.Tool().run()").plain == "('deep', 2, 'ran')"
    refused(library.run("m.os.mkdir('outside')"))


@pytest.mark.parametrize("name, call", [
    ("m.one", "m.one()"), ("run", "run()"), ("Tool.make", "m.Tool.make()"), ("mytools.Tool.name", "m.Tool.name()"),
    ("mytools.Tool.make", "m.Tool.make()"), ("tool.run", "tool.run()"), ("m.Tool.run", "m.Tool.run(tool)"),
    ("m.Tool", "m.Tool()"), ("'m.one'", "m.one()"),
])
def test_names_as_the_user_writes_them(library, name, call):
    ok(library.run("%%trusted\nimport mytools as m\nfrom mytools import one as run\ntool = m.Tool()"))
    refused(library.run(call))
    ok(library.run(f"%allow {name}"))
    ok(library.run(call))


def test_several_at_once(library):
    cell = library.run("import mytools\n%allow mytools.one mytools.tow")
    assert cell.reply["ename"] == "UsageError" and "two?" in cell.reply["evalue"]
    assert library.run("mytools.one()").plain == "1", "what is known is allowed all the same"
    ok(library.run("%allow mytools.one mytools.two"))
    assert library.run("mytools.one() + mytools.two()").plain == "3"


@pytest.mark.parametrize("name, near", [
    ("mytools.on", "mytools has no on; did you mean one"), ("shutl.rmtree", "no module is called shutl; did you mean shutil"),
    ("mytools.Tool.rum", "mytools.Tool has no rum; did you mean run"), ("mytools.Tol.run", "mytools has no Tol; did you mean Tool"),
    ("Tol", "no module is called Tol"), ("mytools.os.nothing_like_it", "has no nothing_like_it"), ("'a b'", "no module is called"),
    ("mytools..one", "has no"), (".", ""), ("é", "no module is called é"), ("data", "data"), ("x" * 3000, "x"),
])
def test_unknown_names_tell_what_is_near(one_library, name, near):
    before = one_library.run("%allow").stream()
    cell = one_library.run(f"%allow {name}")
    assert cell.reply["ename"] == "UsageError" and near in cell.reply["evalue"]
    assert one_library.run("%allow").stream() == before


def test_a_library_whose_import_fails_is_there(library):
    "What is installed is not called unknown: why it cannot be imported is told."
    (library.folder / "installed" / "site-packages" / "halts.py").write_text("import os\nos.mkdir('made')\ndef f(): pass\n")
    for name in ("halts", "halts.f", "--trust halts"):
        cell = library.run(f"%allow {name}")
        assert cell.reply["ename"] == "UsageError" and "its import fails: Denied: Dest 'made' not allowed" in cell.reply["evalue"]
    assert not (library.folder / "made").exists()


def test_deny_takes_back(library):
    library.run("import mytools")
    ok(library.run("%allow mytools.one mytools.two"))
    ok(library.run("%deny mytools.one"))
    refused(library.run("mytools.one()"))
    assert library.run("mytools.two()").plain == "2"
    assert "mytools.two" in library.run("%allow").stream() and "mytools.one" not in library.run("%allow").stream()


def test_deny_takes_back_a_package_and_a_command(library):
    ok(library.run('%allow mytools\n%allow --shell "touch x"'))
    ok(library.run('%deny mytools\n%deny --shell "touch x"'))
    refused(library.run("import mytools\nmytools.one()"))
    refused(library.run("!touch x"))


def test_deny_of_several_is_all_or_nothing(library):
    library.run("import mytools")
    ok(library.run("%allow mytools.one mytools.two"))
    assert library.run("%deny mytools.one len").reply["ename"] == "UsageError"
    assert library.run("mytools.one()").plain == "1"


def test_a_held_reference_is_denied_too(library):
    ok(library.run("import mytools\n%allow mytools.one\nheld = mytools.one"))
    assert library.run("held()").plain == "1"
    ok(library.run("%deny mytools.one"))
    refused(library.run("held()"))


@pytest.mark.parametrize("line", ["%allow --trust", "%allow --shell", "%allow --turst os.mkdir", "%allow --trust --shell x",
                                  "%allow 'unclosed", "%deny", "%deny len", "%deny no.such", "%deny --shell", '%deny --shell "git status"',
                                  '%allow --shell "a | b"', '%allow --shell "a; b"', '%allow --shell ""', '%allow --shell "$(x)"'])
def test_bad_input_is_a_usage_error_and_grants_nothing(one_kernel, line):
    assert one_kernel.run(line).reply["ename"] == "UsageError"
    assert one_kernel.run("%allow").stream().split() == ["!printf", "one", "shell", "user"]


def test_what_is_allowed_anyway_is_said(kernel):
    assert "len is allowed already (stdlib)" in ok(kernel.run("%allow len")).stream()
    ok(kernel.run("def own(): pass"))
    assert "a cell's own" in ok(kernel.run("%allow own")).stream()


def test_a_cells_own_function_cannot_be_trusted(kernel):
    ok(kernel.run("def own():\n    import os\n    os.mkdir('outside')"))
    cell = kernel.run("%allow --trust own")
    assert cell.reply["ename"] == "UsageError" and "%%trusted" in cell.reply["evalue"]
    refused(kernel.run("own()"))
    assert not (kernel.folder / "outside").exists()


# ---- %ok_dests -------------------------------------------------------------------------------------------------------------

def test_ok_dests_sets_adds_removes_and_clears(kernel):
    for folder in ("a", "b b"):
        (kernel.folder / folder).mkdir()
    shown = lambda: kernel.run("%ok_dests").stream().splitlines()
    assert shown() == ["Nowhere: cells cannot write files. %ok_dests DIR permits a directory."]
    ok(kernel.run("%ok_dests a 'b b'"))
    a, b = str(kernel.folder / "a"), str(kernel.folder / "b b")
    assert shown() == [a, b] and kernel.writes("b b/x")
    ok(kernel.run("%ok_dests --add a ~"))
    assert shown() == [a, b, "~"]
    ok(kernel.run("%ok_dests --remove 'b b'"))
    assert shown() == [a, "~"] and not kernel.writes("b b/y") and kernel.writes("a/x")
    ok(kernel.run("%ok_dests a"))
    assert shown() == [a]
    ok(kernel.run("%ok_dests --clear"))
    assert shown()[0].startswith("Nowhere") and not kernel.writes("a/y")


def test_a_dot_is_where_the_cell_is_then(kernel):
    (kernel.folder / "below").mkdir()
    ok(kernel.run("%ok_dests ."))
    assert kernel.writes("x")
    ok(kernel.run("%cd below"))
    ok(kernel.run("open('here', 'w')"))
    refused(kernel.run("open('../there', 'w')"))


def test_a_directory_that_is_missing_is_said(kernel):
    assert "does not exist" in ok(kernel.run("%ok_dests later")).stream()
    ok(kernel.run("import os\nos.mkdir('later')\nopen('later/x', 'w')"))


@pytest.mark.parametrize("line", ["--remove a", "--clear a", "--add", "--remove", "--ad x", "--add --remove x", "'x", "a_file"])
def test_bad_destinations_change_nothing(one_kernel, line):
    (one_kernel.folder / "a_file").write_text("")
    ok(one_kernel.run("%ok_dests ~"))
    assert one_kernel.run(f"%ok_dests {line}").reply["ename"] == "UsageError"
    assert one_kernel.run("%ok_dests").stream() == "~\n"


# ---- commands -----------------------------------------------------------------------------------------------------------------

def test_a_command_is_allowed_by_its_first_words(kernel):
    ok(kernel.run('%allow --shell "printf one"'))
    assert ok(kernel.run("!printf one")).stream() == "one"
    assert ok(kernel.run("lines = !printf one\nlines")).plain == "['one']"
    for command in ("!printf two", "!printf", "!printf  oneself", "!/usr/bin/printf one", "%sx printf two", "!'printf one'"):
        refused(kernel.run(command))


@pytest.mark.parametrize("command", ["printf one; touch x", "printf one && touch x", "printf one | tee x", "printf one > x", "printf one $(touch x)",
                                     "printf one `touch x`", "printf one &", "printf \"one$(touch x)\"", "printf one\ttouch x > x"])
def test_no_shell_reads_it(one_kernel, command):
    assert one_kernel.run("!" + command).reply["status"] == "error" and not (one_kernel.folder / "x").exists()


def test_pip_is_the_pip_of_this_python(kernel):
    assert "%allow --shell" in refused(kernel.run("%pip help"))
    ok(kernel.run('%allow --shell "pip help"'))
    assert "pip" in ok(kernel.run("%pip help")).stream()
    refused(kernel.run("%pip install nothing"))


@pytest.mark.parametrize("cell", ["%%bash\ntouch x", "%%sh\ntouch x", "%pip install x", "%conda install x", "%system touch x", "%sx touch x",
                                  "%%script bash\ntouch x", "get_ipython().system('touch x')", "get_ipython().getoutput('touch x')"])
def test_programs_are_refused(one_kernel, cell):
    assert one_kernel.run(cell).reply["status"] == "error" and not (one_kernel.folder / "x").exists()


# ---- %allow --trust of a class ---------------------------------------------------------------------------------------

def test_what_is_trusted_of_a_class_are_its_methods_as_well(kernel):
    started = "import subprocess\np = subprocess.Popen(['sleep', '60'])\np.terminate()\nprint(p.wait())"
    refused(kernel.run(started))
    ok(kernel.run("%allow --trust subprocess.Popen"))
    assert kernel.run(started).stream() == "-15\n"
    refused(kernel.run("subprocess.run(['true'])"))
    ok(kernel.run("q = subprocess.Popen(['sleep', '60'])\n%deny subprocess.Popen"))
    refused(kernel.run("q.kill()"))
    assert kernel.run("q.poll() is None").plain == "True"
    ok(kernel.run("%allow --trust subprocess.Popen\nq.kill()\nq.wait()"))


def test_a_class_that_is_trusted_keeps_what_is_judged_of_it(kernel):
    "What a pack checks the destination of is still checked: only what is refused as a whole is meant."
    ok(kernel.run("%allow --trust pathlib.Path\nimport pathlib"))
    refused(kernel.run("pathlib.Path('outside').write_text('x')"))
    assert not (kernel.folder / "outside").exists()
