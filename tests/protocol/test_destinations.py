"""What is a destination, and what never becomes one by naming a wider folder; the session's scratch folder; caches of libraries;
modules of the person's own."""
import http.server
import os
import sys
import threading
from pathlib import Path

import pytest
from raw_kernel import RawKernel, wait_until


def ok(cell):
    assert cell.reply["status"] == "ok", cell.traceback
    return cell


def refused(cell):
    "The text of the refusal."
    assert cell.reply.get("ename") == "Denied", cell.reply
    return cell.reply["evalue"]


@pytest.fixture
def project(tmp_path):
    "A project folder with a repository and an environment in it."
    folder = tmp_path / "project"
    for name in ["src", ".git/hooks", ".venv/bin", ".venv/lib/python3.11/site-packages", "sub/env/conda-meta"]:
        (folder / name).mkdir(parents=True)
    for name in [".git/config", ".venv/pyvenv.cfg", "src/a.txt"]:
        (folder / name).write_text("as it was")
    return folder


@pytest.fixture
def floor():
    "Options for the kernel: with the floor off, what no pack lists is refused."
    return []


without_floor = pytest.mark.parametrize("floor", [["--floor", "off"]], ids=["no floor"])


@pytest.fixture
def kernel(tmp_path, project, floor, monkeypatch):
    "A kernel in the project, in which every question is a yes, with a home of its own."
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(project)
    kernel = RawKernel(tmp_path / "kernel", "--python", sys.executable, "--magics", "open", *floor,
                       environment={"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home" / ".cache")})
    kernel.home = tmp_path / "home"
    yield kernel
    kernel.stop()


def content(folder):
    "What a folder has, with the text of its files."
    return {str(path.relative_to(folder)): path.read_text() if path.is_file() else None for path in folder.rglob("*")}


# ---- the environment is no destination

KEPT = [".git/config", ".git/hooks/pre-commit", ".git/new", ".venv/lib/python3.11/site-packages/evil.pth", ".venv/bin/python",
        ".venv/pyvenv.cfg", "sub/env/conda-meta/history", "sub/env/anything", "sub/site-packages/x.py", "sub/.git/config",
        "sub/sitecustomize.py", "sub/.safepyrun.toml", "jupyter_server_config.py", ".vscode/settings.json", ".envrc"]


@pytest.mark.parametrize("spelling", ["open({0!r}, 'w').write('x')", "import pathlib; pathlib.Path({0!r}).write_text('x')",
                                      "import shutil; shutil.copy('src/a.txt', {0!r})", "import os; os.rename('src/a.txt', {0!r})"])
def test_no_wider_destination_reaches_what_acts_later(kernel, project, spelling):
    (project / "sub" / ".git").mkdir()
    (project / "sub" / "site-packages").mkdir()
    (project / ".vscode").mkdir()
    before = content(project)
    ok(kernel.run("%ok_dests ."))
    for name in KEPT:
        assert "no wider destination reaches into" in refused(kernel.run(spelling.format(name)))
    assert content(project) == before


@pytest.mark.parametrize("code", ["import os; os.remove('.git/config')", "import shutil; shutil.rmtree('.venv')",
                                  "import os; os.rename('.git', 'gone')", "import os; os.replace('.venv', 'gone')",
                                  "import os; os.rename('src', '.git2'); os.rename('.git2', 'sub/.git')",
                                  "import os; os.symlink('../.git/config', 'src/link'); open('src/link', 'w')",
                                  "import os; os.link('.git/config', 'src/other')", "import os; os.chmod('.git/hooks', 0)"])
def test_what_is_kept_is_not_taken_away_or_reached_by_another_name(kernel, project, code):
    kept = {name: text for name, text in content(project).items() if name.startswith((".git", ".venv"))}
    ok(kernel.run("%ok_dests ."))
    refused(kernel.run(code))
    assert {name: text for name, text in content(project).items() if name in kept} == kept
    assert not (project / "sub" / ".git").exists()


def test_naming_it_is_what_reaches_it(kernel, project):
    ok(kernel.run("%ok_dests .git/hooks"))
    ok(kernel.run("open('.git/hooks/pre-commit', 'w').write('x')"))
    refused(kernel.run("open('.git/config', 'w')"))


def test_start_up_files_are_out_of_reach_from_the_home_directory(kernel):
    ok(kernel.run("%ok_dests ~"))
    for name in [".bashrc", ".profile", ".ssh/config", ".config/autostart/x.desktop", ".local/bin/ls", ".ipython/profile_default/startup/a.py"]:
        (kernel.home / name).parent.mkdir(parents=True, exist_ok=True)
        refused(kernel.run(f"open({str(kernel.home / name)!r}, 'w')"))
        assert not (kernel.home / name).exists()
    refused(kernel.run(f"import os; os.rename({str(kernel.home)!r}, {str(kernel.home) + '2'!r})"))
    ok(kernel.run(f"open({str(kernel.home / 'mine.txt')!r}, 'w').write('x')"))


def test_a_start_up_file_that_is_a_link_is_one(kernel, tmp_path):
    dotfiles = kernel.home / "dotfiles"
    dotfiles.mkdir()
    (dotfiles / "bashrc").write_text("as it was")
    (kernel.home / ".bashrc").symlink_to(dotfiles / "bashrc")
    second = RawKernel(tmp_path / "second", "--magics", "open", environment={"HOME": str(kernel.home)})
    try:
        ok(second.run("%ok_dests ~"))
        refused(second.run(f"open({str(dotfiles / 'bashrc')!r}, 'w')"))
    finally:
        second.stop()
    assert (dotfiles / "bashrc").read_text() == "as it was"


def test_libraries_still_import_when_the_folder_around_their_environment_is_a_destination(kernel):
    "An extension module in a folder that cells may write to is refused: an environment is none."
    pytest.importorskip("numpy")
    around = Path(sys.prefix).parent
    ok(kernel.run(f"%ok_dests {around}"))
    assert ok(kernel.run("import numpy as np\nint(np.arange(4).sum())")).plain == "6"
    refused(kernel.run(f"open({str(Path(sys.prefix) / 'evil.pth')!r}, 'w')"))
    assert not (Path(sys.prefix) / "evil.pth").exists()


def test_the_remedy_never_names_an_environment(kernel, project):
    ok(kernel.run("%ok_dests ."))
    for name in [".venv/lib/python3.11/site-packages/x.py", ".git/config"]:
        cell = kernel.run(f"open({name!r}, 'w')")
        error, = (m for m in cell.messages if m["msg_type"] == "error")
        assert error["metadata"]["safepyrun"]["remedy"] == "%%trusted"
    cell = kernel.run("open('../else.txt', 'w')")
    error, = (m for m in cell.messages if m["msg_type"] == "error")
    remedy = error["metadata"]["safepyrun"]["remedy"]
    assert remedy == f"%ok_dests --add {project.parent}"
    ok(kernel.run(remedy))
    ok(kernel.run("open('../else.txt', 'w').write('x')"))


# ---- one's own output

def test_ones_own_files_below_ok_dests_can_be_removed_moved_and_linked(kernel, project):
    ok(kernel.run("%ok_dests src"))
    ok(kernel.run("""
import os, pathlib
p = pathlib.Path('src')
for name in 'abcdef': (p / name).write_text(name)
os.remove('src/a'); os.unlink(p / 'b'); os.rename('src/c', 'src/c2'); os.replace('src/d', 'src/c2')
os.symlink('e', 'src/link'); os.link('src/e', 'src/hard'); os.remove('src/link'); os.remove('src/hard')
os.chmod('src/e', 0o600); os.chmod(p / 'f', 0o640)
os.mkdir('src/x'); os.makedirs('src/y/z'); os.rmdir('src/x'); os.removedirs('src/y/z')
os.renames('src/e', 'src/new/e')
(p / 'sym').symlink_to('f'); (p / 'hard').hardlink_to(p / 'f')
"""))
    assert sorted(content(project / "src")) == ["a.txt", "c2", "f", "hard", "new", "new/e", "sym"]
    assert (project / "src" / "c2").read_text() == "d"
    assert (project / "src" / "new" / "e").stat().st_mode & 0o777 == 0o600


def test_archives_are_made_and_unpacked_by_paths_of_either_kind(kernel):
    cell = kernel.run("import os, shutil, tempfile\nfrom pathlib import Path\nd = Path(tempfile.mkdtemp())\n(d / 'in').mkdir()\n"
                      "(d / 'in/a').write_text('x')\nshutil.make_archive(d / 'whole', 'zip', d / 'in')\n"
                      "shutil.unpack_archive(d / 'whole.zip', d / 'out')\nshutil.unpack_archive(str(d / 'whole.zip'), str(d / 'too'))\n"
                      "os.listdir(d / 'out'), os.listdir(d / 'too')")
    assert cell.reply["status"] == "ok", cell.traceback
    assert cell.plain == "(['a'], ['a'])"


def test_a_file_with_two_names_is_not_written_to_until_one_is_gone(kernel, project):
    ok(kernel.run("%ok_dests src\nimport os\nopen('src/one', 'w').write('1')\nos.link('src/one', 'src/two')"))
    cell = kernel.run("open('src/two', 'w').write('2')")
    refused(cell)
    assert "another name" in cell.reply["evalue"] and "%ok_dests --add" not in cell.reply["evalue"], "no folder permits it"
    assert (project / "src" / "one").read_text() == "1"
    ok(kernel.run("os.remove('src/two')\nopen('src/one', 'w').write('2')\nos.link('src/one', 'src/two')\nos.replace('src/a.txt', 'src/two')"))
    ok(kernel.run("open('src/one', 'a').write('3')"))  # nothing else of the session has it under a name
    assert (project / "src" / "one").read_text() == "23"


def test_ones_own_file_is_locked(kernel, project):
    (project / "a").write_text("as it was")
    assert ok(kernel.run("%ok_dests src\nimport fcntl\nwith open('src/lock', 'w') as f:\n    fcntl.flock(f, fcntl.LOCK_EX)\n"
                         "    fcntl.lockf(f, fcntl.LOCK_EX)\n    here = f.name\nhere")).plain == "'src/lock'"
    refused(kernel.run("with open('a') as f: fcntl.flock(f, fcntl.LOCK_SH)"))


@pytest.mark.parametrize("code", ["os.remove('a')", "os.unlink(pathlib.Path('a'))", "os.rename('a', 'src/a')", "os.rename('src/a.txt', 'b')",
                                  "os.replace('src/a.txt', 'a')", "os.rmdir('empty')", "os.chmod('a', 0)", "os.symlink('a', 'b')",
                                  "os.link('a', 'src/b')", "os.remove('src/../a')", "os.removedirs('empty')",
                                  "os.remove('a', dir_fd=os.open('.', os.O_RDONLY))", "pathlib.Path('b').symlink_to('a')"])
def test_the_files_of_others_cannot(kernel, project, code):
    (project / "a").write_text("as it was")
    (project / "empty").mkdir()
    before = content(project)
    ok(kernel.run("%ok_dests src\nimport os, pathlib"))
    refused(kernel.run(code))
    assert content(project) == before and (project / "a").stat().st_mode & 0o777


# ---- scratch

def scratch_of(kernel):
    return Path(ok(kernel.run("import os; os.environ['TMPDIR']")).plain.strip("'"))


def test_there_is_a_private_folder_for_temporary_files(kernel):
    folder = scratch_of(kernel)
    assert folder.stat().st_mode & 0o7777 == 0o700
    cell = ok(kernel.run("""
import os, shutil, tempfile
with tempfile.NamedTemporaryFile('w+', suffix='.csv', delete=False) as f:
    f.write('a,b'); name = f.name
print(open(name).read()); os.unlink(name)
with tempfile.TemporaryDirectory() as d:
    open(os.path.join(d, 'x'), 'w').write('x')
print(os.path.exists(d))
d = tempfile.mkdtemp()
os.mkdir(os.path.join(d, 'y')); shutil.rmtree(d)
print(os.path.exists(d), tempfile.gettempdir() == os.environ['TMPDIR'])
with tempfile.TemporaryFile() as f: print(f.write(b'12'))
"""))
    assert cell.stream() == "a,b\nFalse\nFalse True\n2\n"
    refused(kernel.run("os.rmdir(tempfile.gettempdir())"))
    refused(kernel.run("os.rename(tempfile.gettempdir(), tempfile.gettempdir() + '2')"))


def test_the_folder_goes_with_the_session(kernel):
    folder = scratch_of(kernel)
    ok(kernel.run("import tempfile; d = tempfile.mkdtemp(); open(d + '/x', 'w').write('x'); os.chmod(d, 0o500)"))
    kernel.control("shutdown_request", restart=False)
    kernel.process.wait(10)
    assert not folder.exists()


def test_it_outlives_the_worker_and_not_a_crash_of_the_kernel(kernel, tmp_path):
    folder = scratch_of(kernel)
    (folder / "kept").write_text("x")
    os.kill(kernel.worker, 9)
    assert wait_until(lambda: kernel.run("1").reply["status"] == "ok")
    assert scratch_of(kernel) == folder and (folder / "kept").exists()
    kernel.process.kill()
    kernel.process.wait(10)
    second = RawKernel(tmp_path / "second")
    try:
        assert wait_until(lambda: not folder.exists()), "the next kernel takes away what is left"
        assert scratch_of(second).exists()
    finally:
        second.stop()


def test_a_persons_folders_that_are_named_alike_are_not_taken_away(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    left, mine = "safepyrun-scratch-aB3dE6", ["safepyrun-main", "safepyrun-aB3dE6", "safepyrun-scratch-reports", "safepyrun-scratch-"]
    for name in [left, *mine]:
        (folder / name / "src").mkdir(parents=True)
        (folder / name / "src" / "kept.txt").write_text("x")
        (folder / name).chmod(0o700)
    (folder / "safepyrun-scratch-Open01").mkdir(0o755)  # not as a session makes its own
    monkeypatch.setenv("TMPDIR", str(folder))
    kernel = RawKernel(tmp_path / "kernel")
    try:
        assert scratch_of(kernel).parent == folder
        assert wait_until(lambda: not (folder / left).exists()), "what a session left goes"
    finally:
        kernel.stop()
    assert [(folder / name / "src" / "kept.txt").read_text() for name in mine] == ["x"] * len(mine)
    assert (folder / "safepyrun-scratch-Open01").exists()


def test_modules_from_the_scratch_folder_are_a_cells_code(kernel, project):
    ok(kernel.run("import tempfile, sys\nopen(tempfile.gettempdir() + '/mine.py', 'w').write('import os\\ndef f(p): os.remove(p)')\n"
                  "sys.path.insert(0, tempfile.gettempdir())\nimport mine"))
    refused(kernel.run("mine.f('src/a.txt')"))
    assert (project / "src" / "a.txt").exists()


def test_libraries_that_need_temporary_files_have_them(kernel):
    pytest.importorskip("openpyxl")
    assert ok(kernel.run("import pandas as pd, io\nb = io.BytesIO(); pd.DataFrame({'a': [1]}).to_excel(b)\n"
                         "int(pd.read_excel(b)['a'].sum())")).plain == "1"


# ---- caches

@pytest.fixture
def server():
    "The data set that seaborn asks for, over HTTP."
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = b"species,bill\nAdelie,39.1\nGentoo,46.1\n"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_data_set_is_fetched_into_its_librarys_own_cache(kernel, server):
    pytest.importorskip("seaborn")
    ok(kernel.run(f"%%trusted\nimport seaborn.utils\nseaborn.utils.DATASET_SOURCE = {server!r}\n"
                  f"seaborn.utils.DATASET_NAMES_URL = {server!r}\nseaborn.utils.get_dataset_names = lambda: ['birds']"))
    assert ok(kernel.run("import seaborn as sns\nlen(sns.load_dataset('birds'))")).plain == "2"
    cached = kernel.home / ".cache" / "seaborn" / "birds.csv"
    assert cached.read_text().startswith("species")
    for code in [f"open({str(cached)!r}, 'w')", f"import os; os.remove({str(cached)!r})",
                 f"sns.load_dataset('birds').to_csv({str(cached)!r})", "sns.load_dataset('birds', data_home='elsewhere')"]:
        refused(kernel.run(code))
    assert cached.read_text().startswith("species") and not Path("elsewhere").exists()


# ---- modules

def test_a_module_in_a_destination_may_delete_its_names(kernel):
    ok(kernel.run("%ok_dests ."))
    ok(kernel.run("""open('m8.py', 'w').write('''
x = 1
del x
try:
    1 / 0
except ZeroDivisionError as e:
    caught = str(e)
def f():
    global y
    y = 2
    del y
f()
class C:
    z = 1
    del z
d = {'a': 1}
del d['a']
globals().pop('d')
for i in range(3): pass
del i
''')"""))
    assert ok(kernel.run("import m8\nsorted(n for n in vars(m8) if n[0] != '_')")).plain == "['C', 'caught', 'f']"
    assert ok(kernel.run("import os\ntry: del os.__dict__['getcwd']\nexcept Exception: pass\nos.path.isdir(os.getcwd())")).plain == "True"


OWN = """
import os, functools, dataclasses
LIMIT = 3
def f(x): return x + 1
def remove(p): os.remove(p)
@functools.lru_cache
def cached(x): return x * 2
@dataclasses.dataclass
class Point:
    x: int
    def double(self): return Point(self.x * 2)
    @classmethod
    def origin(cls): return cls(0)
    @staticmethod
    def name(): return 'point'
async def later(x): return x
def each(xs):
    for x in xs: yield f(x)
"""


def test_ones_own_module_beside_the_notebook_is_callable(kernel, project):
    (project / "helper.py").write_text(OWN)
    (project / "pkg").mkdir()
    (project / "pkg" / "__init__.py").write_text("from .inner import g\nfrom . import inner as inside\n")
    (project / "pkg" / "inner.py").write_text("import helper\ndef g(x): return helper.f(x) * 10\n")
    (project / "lib").mkdir()
    (project / "lib" / "far.py").write_text("def h(): return 'far'\n")
    assert ok(kernel.run("import helper\nfrom helper import f, Point\nhelper.f(1), f(2), helper.cached(3), Point(1).double(), "
                         "Point.origin().name(), list(helper.each([1])), await helper.later(5), list(map(helper.f, [1]))")
              ).plain == "(2, 3, 6, Point(x=2), 'point', [2], 5, [2])"
    assert ok(kernel.run("import pkg\npkg.g(1), pkg.inside.g(2)")).plain == "(20, 30)"
    assert ok(kernel.run("import sys; sys.path.append('lib')\nfrom far import h\nh()")).plain == "'far'"
    refused(kernel.run("helper.remove('src/a.txt')"))
    assert (project / "src" / "a.txt").exists()


MADE = """
import collections, dataclasses, enum, typing, types
T = type('T', (object,), {'__setitem__': lambda self, key, value: self.seen.append((key, value))})
N = types.new_class('N')
D = dataclasses.make_dataclass('D', ['x'])
E = enum.Enum('E', 'A B')
P = collections.namedtuple('P', 'a b')
M = typing.NamedTuple('M', [('a', int)])
def go():
    t, n, d = T(), N(), D(1)
    t.seen = []
    t[1] = 2
    n.x = d.x = 3
    T.y = N.y = D.y = P.y = M.y = E.A.note = 4
    return t.seen, d.x, P(1, 2).y
"""


def test_classes_made_by_a_call_in_ones_own_module_are_ones_own(kernel, project):
    (project / "made.py").write_text(MADE)
    assert ok(kernel.run("import made\nmade.go()")).plain == "([(1, 2)], 3, 4)"
    assert ok(kernel.run("t, n, d = made.T(), made.N(), made.D(1)\nt.seen = []\nt['k'] = 1\nn.a = d.a = 2\nmade.D.z = 5\n"
                         "t.seen, d.z, made.E.B.name")).plain == "([('k', 1)], 5, 'B')"


@without_floor
def test_what_a_library_brings_is_not_ones_own(kernel, project):
    (project / "x" / "site-packages").mkdir(parents=True)
    (project / "x" / "site-packages" / "unknown.py").write_text("def k(x): return x\n")
    refused(kernel.run("import sys; sys.path.append('x/site-packages')\nfrom unknown import k\nkept = [k]; again = {'k': k}\nk(1)"))


# ---- a grant reaches every twin

@without_floor
def test_a_grant_reaches_every_name_that_a_function_has_been_given(kernel, project):
    (project / "x" / "site-packages").mkdir(parents=True)
    (project / "x" / "site-packages" / "unknown.py").write_text(
        "def k(x): return x + 1\nclass U:\n    def m(self): return 7\n    n = property(lambda self: 8)\n")
    ok(kernel.run("import sys, functools; sys.path.append('x/site-packages')\nimport unknown\nfrom unknown import k\n"
                  "kept = [k, unknown.k]; named = {'k': k}; part = functools.partial(k, 4)\n"
                  "def later(f=k): return f(5)\nclass Mine:\n    k = k\n    def __init__(self): self.own = k\n"
                  "def closed():\n    f = k\n    return lambda: f(6)\ninner = closed()"))
    for code in ["k(1)", "kept[0](1)", "named['k'](1)", "part()", "later()", "Mine().own(1)", "inner()", "list(map(k, [1]))"]:
        refused(kernel.run(code))
    ok(kernel.run("%allow unknown.k"))
    assert ok(kernel.run("k(1), kept[0](1), kept[1](1), named['k'](1), part(), later(), Mine().own(1), inner(), list(map(k, [1])), "
                         "sorted([2, 1], key=k), Mine.k(1)")).plain == "(2, 2, 2, 2, 5, 6, 2, 7, [2], [1, 2], 2)"
    ok(kernel.run("%deny unknown.k"))
    for code in ["k(1)", "kept[0](1)", "part()", "list(map(k, [1]))"]:
        refused(kernel.run(code))


@without_floor
def test_a_trusted_function_has_its_rights_through_a_twin_too(kernel, project):
    (project / "x" / "site-packages").mkdir(parents=True)
    (project / "x" / "site-packages" / "unknown.py").write_text("import os\ndef clean(p): os.remove(p)\n")
    for name in "abc":
        (project / name).write_text("")
    ok(kernel.run("import sys; sys.path.append('x/site-packages')\nfrom unknown import clean\nkept = [clean]"))
    refused(kernel.run("clean('a')"))
    ok(kernel.run("%allow --trust unknown.clean"))
    ok(kernel.run("clean('a'); kept[0]('b'); list(map(kept[0], ['c']))"))
    assert not any((project / name).exists() for name in "abc")


# ---- allowances that nobody gave

@pytest.fixture
def libraries(tmp_path, monkeypatch):
    """Installed packages that no pack describes: `plain` (Python), `_core` (brings compiled code), `wrapper` (imports _core), `lazy`
    (its distribution needs it), `far` (imports wrapper)."""
    folder = tmp_path / "libraries" / "site-packages"
    for name, text in {"plain": "def f(): return 1\n", "_core": "def g(): return 2\n", "wrapper": "import _core\ndef f(): return 3\n",
                       "lazy": "def f():\n    import _core\n    return 4\n", "far": "from wrapper import f as inner\ndef f(): return 5\n"}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(text)
    (folder / "_core" / "native.cpython-311-x86_64-linux-gnu.so").write_bytes(b"")
    (folder / "lazy-1.0.dist-info").mkdir()
    (folder / "lazy-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: lazy\nVersion: 1.0\n"
                                                            "Requires-Dist: numpy>=1\nRequires-Dist: _core>=2; python_version>'3'\n")
    kernel = RawKernel(tmp_path / "asking", "--floor", "off", environment={"HOME": str(tmp_path)})
    ok(kernel.run(f"import sys; sys.path.append({str(folder)!r})"))
    yield kernel
    kernel.stop()


@pytest.mark.parametrize("name", ["_core", "_core.g", "wrapper", "wrapper.f", "lazy", "lazy.f", "far", "far.f", "plain wrapper.f"])
def test_what_reaches_native_code_that_no_pack_describes_asks(libraries, name):
    "There is nobody to ask: the answer is no."
    refused(libraries.run(f"import wrapper, lazy, far, plain\n%allow {name}"))
    refused(libraries.run(f"{name.split()[-1].split('.')[0]}.{'g' if name.startswith('_') else 'f'}()".replace("_core.", "sys.modules['_core'].")))
    assert "Nothing is allowed" in libraries.run("%allow").stream()


def test_python_code_asks_nobody(libraries):
    ok(libraries.run("import plain\n%allow plain"))
    assert ok(libraries.run("plain.f()")).plain == "1"


def test_a_class_of_an_extension_module_asks(libraries):
    "However its class is made."
    pytest.importorskip("zmq")
    ok(libraries.run(f"import sys; sys.path.append({str(Path(pytest.importorskip('zmq').__file__).parents[1])!r})\nimport zmq"))
    refused(libraries.run("%allow zmq.backend.cython._zmq.Socket"))
    refused(libraries.run("%allow zmq.Context"))


WRITERS = """
def polars_csv(p):
    import polars as pl; pl.DataFrame({'a': [1]}).write_csv(p)
def h5py_file(p):
    import h5py; h5py.File(p, 'w')
def parquet(p):
    import pyarrow as pa, pyarrow.parquet as pq; pq.write_table(pa.table({'a': [1]}), p)
def os_file(p):
    import pyarrow as pa; pa.OSFile(p, 'w').write(b'x')
def xml(p):
    from lxml import etree; etree.ElementTree(etree.fromstring('<a/>')).write(p)
def frame(p):
    import pandas as pd; pd.DataFrame({'a': [1]}).to_parquet(p)
"""


@pytest.mark.parametrize("earlier", ["", "import polars, h5py, pyarrow.parquet, pandas, lxml.etree"])
def test_writers_that_packs_list_are_held_for_library_code_too(kernel, project, earlier):
    for name in ["polars", "h5py", "pyarrow", "lxml", "pandas"]:
        pytest.importorskip(name)
    (project / "x" / "site-packages").mkdir(parents=True)
    (project / "x" / "site-packages" / "utils.py").write_text(earlier + WRITERS)
    ok(kernel.run("import sys; sys.path.append('x/site-packages')\nimport utils\n%allow utils"))
    for name in ["polars_csv", "h5py_file", "parquet", "os_file", "xml", "frame"]:
        refused(kernel.run(f"utils.{name}('made')"))
        assert not (project / "made").exists()


# ---- databases

@pytest.fixture
def databases(kernel, project):
    "`data.db` may be read, below `src` may be written; a connection to src/own.db is `own`."
    import sqlite3
    for name in ["data.db", "a b?#%.db", "wal.db"]:
        connection = sqlite3.connect(project / name)
        if name == "wal.db":
            connection.execute("pragma journal_mode=wal")
        connection.executescript("create table t(a); insert into t values (7)")
        connection.close()
    ok(kernel.run("%ok_dests src\nimport sqlite3, os, pathlib\nown = sqlite3.connect('src/own.db')\n"
                  "own.execute('create table t(a)'); own.execute('insert into t values (1)'); own.commit()"))
    return kernel


def test_a_database_that_may_not_be_written_to_opens_for_reading(databases, project):
    before = {p.name: p.read_bytes() for p in project.glob("*.db*")}
    for path in ["'data.db'", "b'data.db'", "os.path.abspath('data.db')", "'a b?#%.db'", "'wal.db'", "'src/../data.db'"]:
        assert ok(databases.run(f"c = sqlite3.connect({path})\nc.execute('select * from t').fetchall()")).plain == "[(7,)]"
    ok(databases.run("c = sqlite3.connect('data.db', timeout=1); c.row_factory = sqlite3.Row"))
    for code in ["c.execute('insert into t values (8)')", "c.cursor().executemany('insert into t values (?)', [(1,)])",
                 "c.executescript('drop table t')", "c.execute('create table u(a)')",
                 "with sqlite3.connect('data.db') as d: d.execute('delete from t')"]:
        assert "data.db" in refused(databases.run(code))
    assert {p.name: p.read_bytes() for p in project.glob("*.db*")} == before
    refused(databases.run("sqlite3.connect('new.db')"))
    assert not (project / "new.db").exists()


def test_the_refused_write_says_what_would_permit_it(databases, project):
    cell = databases.run("c = sqlite3.connect('data.db')\nc.execute('insert into t values (8)')")
    assert str(project / "data.db") in refused(cell)
    error, = (m for m in cell.messages if m["msg_type"] == "error")
    ok(databases.run(error["metadata"]["safepyrun"]["remedy"]))
    ok(databases.run("c = sqlite3.connect('data.db')\nc.execute('insert into t values (8)'); c.commit()"))
    assert ok(databases.run("c.execute('select count(*) from t').fetchall()")).plain == "[(2,)]"


def test_attach_and_vacuum_follow_the_destinations(databases, project):
    before = content(project / ".git"), (project / "data.db").read_bytes()
    ok(databases.run("own.execute(\"attach 'src/two.db' as two\"); own.execute('create table two.t(b)')\n"
                     "own.execute('ATTACH DATABASE ? AS three', ('src/three.db',)); own.execute('detach three')\n"
                     "own.execute(\" /* x */ attach ':memory:' as m\")\nown.commit()\nown.execute(\"vacuum main into 'src/copy.db'\")"))
    assert sorted(p.name for p in (project / "src").glob("*.db")) == ["copy.db", "own.db", "three.db", "two.db"]
    for code in ["own.execute(\"attach 'out.db' as x\")", "own.execute('attach ? as x', ['out.db'])", "own.execute(\"vacuum into 'out.db'\")",
                 "own.execute(\"attach 'o' || 'ut.db' as x\")", "own.execute(\"attach 'file:out.db' as x\")", "own.execute('attach :n as x', {'n': 'out.db'})",
                 "own.executescript(\"attach 'out.db' as x\")", "own.executescript(\"vacuum into 'out.db'\")", "own.execute(\"attach 'data.db' as x\")",
                 "own.execute(\"attach 'src/a' || 'b' as 'x'\")", "own.execute(\"-- c\\nattach '../project/out.db' as x\")"]:
        refused(databases.run(code))
    assert not (project / "out.db").exists() and (content(project / ".git"), (project / "data.db").read_bytes()) == before
    refused(databases.run("sqlite3.connect('data.db').execute(\"vacuum into 'out2.db'\")"))
