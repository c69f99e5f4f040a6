"""The user's configuration: config.py, config.toml, packs, and what a project's .safepyrun.toml may say."""
import ast
import os
import signal
import textwrap

import pytest

from test_approvals import Notebook, notebook, ok, refused  # noqa: F401 (a fixture)


def write(notebook_path, text):
    notebook_path.parent.mkdir(parents=True, exist_ok=True)
    notebook_path.write_text(textwrap.dedent(text))


@pytest.fixture
def configured(tmp_path, notebook):
    "A kernel with that config.py and that config.toml."
    def start(python=None, toml=None, **more):
        if python is not None:
            write(tmp_path / "config" / "safepyrun" / "config.py", python)
        return notebook(config=toml, **more)
    return start


# ---- config.py ---------------------------------------------------------------------------------------------------------

def test_what_it_allows_holds_from_the_first_cell(configured):
    kernel = configured("""
        import shutil
        allow(shutil.rmtree)
    """)
    (kernel.folder / "tree").mkdir()
    ok(kernel.run("import shutil\nshutil.rmtree('tree')"))
    assert not (kernel.folder / "tree").exists()


def test_its_names_need_no_import(configured):
    kernel = configured("""
        class Suffix(WritePolicy):
            def __call__(self, obj, args, kwargs, ok_dests):
                if not str(args[0]).endswith(".txt"):
                    raise PermissionError("only .txt")
        assert os.path.join("a", "b") == "a/b" and ast and inspect and types
        allow_write({"fractions.Fraction.from_float": PosWritePolicy(0, "f")})
        allow({"fractions.Decimal": ["from_float"]}, ("shutil.copyfile", Suffix()))
        allow_write_types(types.FunctionType)
        AllowPolicy, PathWritePolicy, OpenWritePolicy, PosAllowPolicy, chk_dest
    """)
    cell = ok(kernel.run("1"))
    assert cell.plain == "1" and cell.stream("stderr") == ""


def test_its_default_ok_dests(configured):
    kernel = configured("default_ok_dests = ['fromconfig']", 'ok_dests = ["fromtoml"]\n')
    for folder in ("fromconfig", "fromtoml", "neither"):
        (kernel.folder / folder).mkdir()
    assert kernel.writes("fromconfig/x") and kernel.writes("fromtoml/x") and not kernel.writes("neither/x")


def test_it_runs_once_and_as_host_code(configured):
    kernel = configured("""
        with open("ran", "a") as file:
            file.write("x")
    """)
    ok(kernel.run("1"))
    ok(kernel.run("import safepyrun"))
    assert (kernel.folder / "ran").read_text() == "x"


def test_its_error_is_a_warning_and_the_defaults_hold(configured):
    kernel = configured("import json\nnothing_of_that_name\n")
    warning = ok(kernel.run("1")).stream("stderr")
    assert "config.py failed" in warning and "line 2" in warning and "NameError" in warning
    assert ok(kernel.run("2")).stream("stderr") == ""
    assert kernel.run("sum([1, 2])").plain == "3" and not kernel.writes("file")


def test_a_syntax_error_in_it(configured):
    warning = ok(configured("def (:\n").run("1")).stream("stderr")
    assert "SyntaxError" in warning and "config.py" in warning


def test_a_silent_cell_does_not_swallow_the_warning(configured):
    kernel = configured("1/0\n")
    kernel.run("1", silent=True)
    assert "ZeroDivisionError" in kernel.run("1").stream("stderr")


def test_nothing_is_imported_when_there_is_none(notebook):
    kernel = notebook()
    loaded = kernel.run("import sys\n[m for m in sys.modules if m == 'tomllib' or 'safe' + 'pyrun' in m]")
    assert set(ast.literal_eval(loaded.plain)) - {"_safepyrun_checkpoint"} == {"_safepyrun_kernel"} # a checkpoint comes before the first cell


def test_the_package_is_there_for_cells_and_widens_nothing(notebook):
    kernel = notebook()
    ok(kernel.run("from safepyrun import Denied, allow\ntry:\n    open('x', 'w')\nexcept Denied as e:\n    reason = e.reason"))
    refused(kernel.run("allow('os.mkdir')"))
    refused(kernel.run("import safepyrun\nsafepyrun.RunPython(ok_dests=['.'])"))
    refused(kernel.run("safepyrun.allow_write_types(type(safepyrun))"))
    assert "Nothing is allowed" in kernel.run("%allow").stream()


# ---- config.toml -----------------------------------------------------------------------------------------------------------

def test_its_lists_hold(configured):
    kernel = configured(toml="""
        # what I always allow
        ok_dests = ["out dir",   # with a blank
                    '~/elsewhere']
        allow = ["fileinput.hook_encoded"]
        trust = ["shutil.rmtree"]
        shell = ["touch touched"]
        """)
    (kernel.folder / "out dir").mkdir()
    (kernel.folder / "tree").mkdir()
    assert kernel.writes("out dir/x")
    assert ok(kernel.run("%ok_dests")).stream().splitlines() == ["out dir", "~/elsewhere"]
    ok(kernel.run("!touch touched"))
    ok(kernel.run("import shutil\nshutil.rmtree('tree')"))
    assert (kernel.folder / "touched").exists() and not (kernel.folder / "tree").exists()


def test_what_it_trusts_waits_for_its_library(configured):
    kernel = configured(toml='trust = ["mytools.make", "mytools.Maker.make"]\n')
    (kernel.folder / "mytools.py").write_text("import os\ndef make(p):\n    os.mkdir(p)\nclass Maker:\n"
                                              "    def make(self, p):\n        os.mkdir(p)\n    other = make\n"
                                              "def again(p):\n    os.mkdir(p)\n")
    assert "once its library is imported" in kernel.run("%allow").stream()
    ok(kernel.run("import mytools as m\nm.make('made')"))
    refused(kernel.run("m.again('again')"))
    assert (kernel.folder / "made").exists() and not (kernel.folder / "again").exists()


def test_denied_reads(configured, tmp_path):
    secret = tmp_path / "secrets" / "key"
    write(secret, "s3cret")
    kernel = configured(toml=f'denied_reads = ["{secret.parent}"]\n')
    for how in (f"open({str(secret)!r}).read()", f"import pathlib\npathlib.Path({str(secret)!r}).read_text()",
                f"import os\nos.read(os.open({str(secret)!r}, 0), 9)", f"import os\nos.listdir({str(secret.parent)!r})\n1/0",
                f"import os\nos.symlink({str(secret)!r}, 'link')\nopen('link').read()", f"%run {secret}",
                f"import fileinput\nlist(fileinput.input({str(secret)!r}))"):
        cell = kernel.run(how)
        assert cell.reply["status"] == "error" and "s3cret" not in str(cell.messages), how


@pytest.mark.parametrize("toml, told", [
    ("okdests = ['x']\n", "line 1: okdests is not known"),
    ("\nmagics = 'opened'\n", 'line 2: magics must be "ask", "open" or "locked"'),
    ("ok_dests = 'x'\n", "line 1: ok_dests must be a list of texts"),
    ("ask_timeout_s = 0\n", "line 1: ask_timeout_s must be a number of seconds"),
    ("ask_timeout_s = 'soon'\n", "line 1: ask_timeout_s must be a number of seconds"),
    ("[limits]\ncheckpoints = 9\n", "line 2: limits.checkpoints takes a number, 0 to 8"),
    ("[limits]\ntime = true\n", "line 2: limits.time takes a time, such as 30s"),
    ("[limits]\nmemory = 'much'\n", "line 2: limits.memory takes a size"),
    ("[limits]\ntime = -5\n", "line 2: limits.time takes a time"),
    ("ask_timeout_s = -5\n", "line 1: ask_timeout_s must be a number of seconds"),
    ("ok_dests = [\n", "line 2: ok_dests expected"),
    ("ok_dests = [1]\n", "ok_dests expected"),
    ("ok_dests [\n", "expected key = value"),
    ("[limits]\nspeed = 5\n", "line 2: limits.speed is not known"),
    ("verbose = true\n", "verbose is not known"),
    ("magics = 'open' extra\n", "magics more behind the value"),
    ("[broken\n", "expected [section]"),
    ("magics = '\xff\n", "expected"),
])
def test_what_is_wrong_is_said_with_the_first_cell(configured, toml, told):
    kernel = configured(toml=toml)
    cell = ok(kernel.run("1"))
    assert told in cell.stream("stderr") and "config.toml" in cell.stream("stderr")
    assert ok(kernel.run("2")).stream("stderr") == "" and not kernel.writes("file")


def test_a_wrong_entry_spares_the_others(configured):
    kernel = configured(toml='unknown = 5\nok_dests = ["."]\nmagics = "locked"\n')
    assert kernel.writes("file")
    refused(kernel.run("%ok_dests ."))


def test_a_file_that_cannot_be_read_is_told(tmp_path, configured):
    (tmp_path / "config" / "safepyrun" / "config.toml").mkdir(parents=True)
    assert "cannot be read" in ok(configured().run("1")).stream("stderr")


@pytest.mark.parametrize("entry", ['magics = "open"', 'denied_reads = ["x"]', "ask_timeout_s = 86400", "[limits]\ncheckpoints = 3"])
def test_a_project_decides_only_what_was_granted_to_it(notebook, entry):
    kernel = notebook(project=entry + "\n")
    assert "belongs into the user's config.toml" in ok(kernel.run("1")).stream("stderr")
    assert len(kernel.ask("%ok_dests .", "n").asked) == 1


def test_a_project_grant_keeps_what_a_person_wrote(notebook):
    text = '# mine\nallow = ["a.b"] # why\n\nok_dests = ["x"]\n[extra]\nkey = 5\n'
    kernel = notebook(project=text)
    ok(kernel.ask("%ok_dests --add .", "y", "p"))
    ok(kernel.ask("%allow --trust shutil.rmtree", "p"))
    assert kernel.project.read_text() == 'trust = ["shutil.rmtree"]\n' + text.replace('["x"]', '["x", "."]')


def test_a_link_beside_the_project_file_is_not_followed(notebook, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    kernel = notebook()
    (kernel.folder / ".safepyrun.toml.new").symlink_to(victim)
    ok(kernel.ask("%ok_dests .", "p"))
    assert victim.read_text() == "mine" and "ok_dests" in kernel.project.read_text()


# ---- packs -----------------------------------------------------------------------------------------------------------------------

TOOLS = """
import os
def name(): return "made"
def save(data, path): os.mkdir(path)
def make(path): os.mkdir(path)
class Report:
    def title(self): return "title"
    def drop(self): return "dropped"
"""
PACK = """
modules = ["mytools"]
gated = ["mytools.{name,make}", "mytools.Report", "mytools.Report.*"]
[write]
"mytools.save" = {at = 1, as = "path"}
[deny]
"mytools.Report.drop" = "drops tables"
"""


def test_a_pack_of_the_user(tmp_path, configured):
    write(tmp_path / "config" / "safepyrun" / "policies" / "mytools.toml", PACK)
    kernel = configured(toml='ok_dests = ["out"]\n')
    (kernel.folder / "mytools.py").write_text(TOOLS)
    (kernel.folder / "out").mkdir()
    assert kernel.run("import mytools\nmytools.name(), mytools.Report().title()").plain == "('made', 'title')"
    ok(kernel.run("mytools.save(1, 'out/saved')"))
    assert "permitted: ['out']" in refused(kernel.run("mytools.save(1, path='saved')"))
    refused(kernel.run("mytools.make('made')"))
    assert "drops tables" in refused(kernel.run("mytools.Report().drop()"))
    assert sorted(path.name for path in kernel.folder.glob("**/*") if path.is_dir() and path.name[0] != "_") == ["out", "saved"]


@pytest.mark.parametrize("where", ["user", "project"])
def test_packs_by_name_are_beside_the_file_and_not_a_cells_to_write(tmp_path, configured, where):
    setting = 'packs = ["my pack.toml"]\n'
    kernel = configured(toml=setting if where == "user" else "", project=setting if where == "project" else None)
    pack = (kernel.config.parent if where == "user" else kernel.folder) / "my pack.toml"
    cell = kernel.ask("1", "y")
    assert "my pack.toml" in cell.stream("stderr") and (where == "user" or "which cannot be read" in cell.asked[0])
    pack.write_text(PACK)
    (kernel.folder / "mytools.py").write_text(TOOLS)
    kernel = configured("default_ok_dests = ['.']\n")
    assert len(ok(kernel.ask("1", "y")).asked) == (where == "project")
    assert kernel.run("import mytools\nmytools.name()").plain == "'made'"
    assert kernel.writes("file") and kernel.run(f"open({str(pack)!r}, 'w')").reply["status"] == "error"
    assert pack.read_text() == PACK


@pytest.mark.parametrize("text, told", [
    ("gated = [", "Invalid"), ("gaited = ['a']", "unknown key 'gaited'"), ("gated = ['a b']", "no dotted name"),
    ("[write]\n'a.b' = {where = 1}", "a.b"), ("[write]\n'a.b' = {}", "say where the destination is"),
    ("writable = ['a.B']", "allow_write_types"), ("gated = 5", "5.toml"),
])
def test_a_pack_that_is_wrong_is_told_and_nothing_of_it_holds(tmp_path, configured, text, told):
    write(tmp_path / "config" / "safepyrun" / "policies" / "5.toml", "trusted = ['os.mkdir']\n" + text + "\n")
    kernel = configured()
    warning = ok(kernel.run("1")).stream("stderr")
    assert "5.toml" in warning and told in warning and "nothing of this pack holds" in warning
    refused(kernel.run("import os\nos.mkdir('made')"))


# ---- a worker that died ------------------------------------------------------------------------------------------------------------

def test_what_was_configured_holds_in_the_next_worker(configured):
    kernel = configured("import shutil\nallow(shutil.rmtree)\n", 'ok_dests = ["."]\nshell = ["touch touched"]\n')
    ok(kernel.run("1"))
    pid = int(kernel.run("import os\nos.getpid()").plain)
    os.kill(pid, signal.SIGKILL)
    (kernel.folder / "tree").mkdir()
    cell = kernel.run("import os\nos.getpid()")
    if cell.reply["status"] == "error":  # it died with the cell
        cell = ok(kernel.run("import os\nos.getpid()"))
    assert int(cell.plain) != pid and kernel.writes("file")
    ok(kernel.run("!touch touched"))
    ok(kernel.run("import shutil\nshutil.rmtree('tree')"))
    assert not (kernel.folder / "tree").exists()
