"""Where a write lands decides, however the place is spelled; looked for by what is on the disk afterwards."""
import os

import pytest


@pytest.fixture
def places(sandbox):
    "home/ok may be written to, home/out not; the code runs in home, with `ok` and `out` as names."
    for name in ("ok", "out", "ok_too"):
        (sandbox.home / name).mkdir()
    (sandbox.home / "out" / "secret").write_text("kept")
    (sandbox.home / "ok" / "mine").write_text("mine")
    return sandbox


def setup_of(sandbox):
    return f"import os, pathlib\nhome, ok, out = {str(sandbox.home)!r}, {str(sandbox.home / 'ok')!r}, {str(sandbox.home / 'out')!r}\n"


def tree(sandbox):
    "What is there, and what is in it."
    found = {}
    for folder, folders, files in os.walk(sandbox.home):
        for name in folders + files:
            place = os.path.join(folder, name)
            found[os.path.relpath(place, sandbox.home)] = open(place, "rb").read() if os.path.isfile(place) else None
    return found


# Spellings of a file in ok that is not there yet.
INSIDE = ["ok + '/new'", "'ok/new'", "'./ok/new'", "'ok/../ok/new'", "'out/../ok/new'", "ok + '//new'", "pathlib.Path('ok') / 'new'",
          "pathlib.Path(ok, 'new')", "b'ok/new'", "os.fsencode(ok) + b'/new'", "'ok/./new'", "'/proc/self/cwd/ok/new'"]
# Spellings of a file outside.
OUTSIDE = ["out + '/new'", "'out/new'", "'ok/../out/new'", "'ok/../new'", "'ok_too/new'", "ok + '_too/new'", "b'out/new'", "pathlib.Path('ok') / '..' / 'out' / 'new'",
           "'/proc/self/cwd/out/new'", "'new'", "'./new'", "home + '/new'", "'ok/link_out/new'", "'ok/link_home/out/new'", "'ok/file_link'",
           "'out/secret'", "'ok/hard'", "'~/new'", "os.path.expanduser('~') + '/new_by_test'", "'ok/dangling'", "'ok/up/new'"]
WRITERS = ["open({p}, 'w').write('hi')", "open(file={p}, mode='w').write('hi')", "open({p}, 'a').write('hi')", "open({p}, 'x').write('hi')", "open({p}, 'r+').write('hi')",
           "open(mode='wb', file={p}).write(b'hi')", "pathlib.Path(os.fsdecode({p})).write_text('hi')", "pathlib.Path(os.fsdecode({p})).write_bytes(b'hi')",
           "pathlib.Path(os.fsdecode({p})).open('w').write('hi')", "os.close(os.open({p}, os.O_WRONLY | os.O_CREAT))", "import io\nio.open({p}, 'w').write('hi')",
           "import io\nio.FileIO({p}, 'w').write(b'hi')", "import codecs\ncodecs.open({p}, 'w').write('hi')", "import shutil\nshutil.copy('ok/mine', {p})",
           "import shutil\nshutil.copyfile(dst={p}, src='ok/mine')", "import gzip\ngzip.open({p}, 'wb').write(b'hi')",
           "import zipfile\nzipfile.ZipFile(os.fsdecode({p}), 'w').writestr('a', 'hi')", "import sqlite3\nsqlite3.connect({p}).execute('create table t(x)')",
           "import logging\nlogging.FileHandler(os.fsdecode({p})).close()", "os.mkdir({p})", "pathlib.Path(os.fsdecode({p})).mkdir()", "pathlib.Path(os.fsdecode({p})).touch()",
           "os.makedirs({p})"]


def dress(sandbox):
    "Links in ok that lead out of it; they were there before."
    ok, out = sandbox.home / "ok", sandbox.home / "out"
    os.symlink(out, ok / "link_out")
    os.symlink(sandbox.home, ok / "link_home")
    os.symlink(out / "secret", ok / "file_link")
    os.symlink(out / "not_yet", ok / "dangling")
    os.symlink("../out", ok / "up")
    os.link(out / "secret", ok / "hard")


@pytest.mark.parametrize("writer", WRITERS)
def test_writes_outside_are_refused_however_the_place_is_spelled(places, writer):
    dress(places)
    before = tree(places)
    for place in OUTSIDE:
        answer = places.run(writer.format(p=place), setup=setup_of(places), ok_dests=[places.home / "ok"])
        assert answer.error, (writer, place)
        assert tree(places) == before, (writer, place)
    assert not os.path.exists(os.path.expanduser("~/new_by_test"))


@pytest.mark.parametrize("place", INSIDE)
@pytest.mark.parametrize("dests", ["{home}/ok", "ok", "./ok", "ok/", "out/../ok"])
def test_writes_inside_go_through(places, place, dests):
    answer = places.run(f"open({place}, 'w').write('hi')", setup=setup_of(places), ok_dests=[dests.format(home=places.home)])
    assert answer.error is None, vars(answer.error)
    assert (places.home / "ok" / "new").read_text() == "hi"


@pytest.mark.parametrize("writer", [w for w in WRITERS if "'x'" not in w and "'r+'" not in w])
def test_every_writer_works_inside(places, writer):
    answer = places.run(writer.format(p="'ok/new'"), setup=setup_of(places), ok_dests=["ok"])
    assert answer.error is None, vars(answer.error)
    assert (places.home / "ok" / "new").exists()


def test_a_dot_is_the_directory_at_the_time_of_the_write(places):
    code = "open('a', 'w').close()\nos.chdir('ok')\nopen('b', 'w').close()"
    first = places.run(code, setup=setup_of(places) + "real_chdir = os.chdir\n", ok_dests=["."])
    assert (places.home / "a").exists()
    assert (places.home / "ok" / "b").exists() == (first.error is None)
    answer = places.run(f"open({str(places.home / 'c')!r}, 'w')", setup=setup_of(places) + "os.chdir('ok')\n", ok_dests=["."])
    assert answer.error.denied and not (places.home / "c").exists()


def test_a_tilde_is_the_home_directory(places):
    setup = setup_of(places) + "os.environ['HOME'] = home\n"
    assert places.value("open(os.path.expanduser('~/ok/a'), 'w').write('x')", setup=setup, ok_dests=["~/ok"]) == "1"
    assert places.run("open(os.path.expanduser('~/out/a'), 'w')", setup=setup, ok_dests=["~/ok"]).error.denied
    assert places.run("open('~/a', 'w')", setup=setup, ok_dests=["~"]).error
    assert (places.home / "ok" / "a").exists() and not (places.home / "out" / "a").exists()


FLIPPING = """
class Flip:
    'Says ok when it is checked, out when it is used.'
    def __init__(self, *says): self.says = list(says)
    def __fspath__(self): return self.says.pop(0) if len(self.says) > 1 else self.says[0]
class Text(str):
    def __str__(self): return 'ok/a'
    def __fspath__(self): return 'ok/a'
    def encode(self, *a): return b'ok/a'
    def startswith(self, *a): return True
    def __eq__(self, o): return True
    def __hash__(self): return hash('ok/a')
    def __getitem__(self, i): return 'ok/a'[i]
class Bytes(bytes):
    def decode(self, *a): return 'ok/a'
    def __eq__(self, o): return True
    def __hash__(self): return 1
class Number(int):
    def __index__(self): return 1
    def __str__(self): return 'ok/a'
"""


@pytest.mark.parametrize("place", ["Flip('ok/a', 'out/new')", "Flip('ok/a', 'ok/a', 'out/new')", "Flip('ok/a', 'ok/a', 'ok/a', 'out/new')", "Text('out/new')",
                                   "Bytes(b'out/new')", "Flip(Text('out/new'))", "Flip('ok/a', Text('out/new'))", "pathlib.Path(Text('out/new'))",
                                   "Flip('ok/a', b'out/new')", "pathlib.PurePath(Flip('ok/a', 'out/new'))"])
@pytest.mark.parametrize("writer", ["open({p}, 'w').write('hi')", "os.close(os.open({p}, os.O_WRONLY | os.O_CREAT))", "os.mkdir({p})", "import io\nio.FileIO({p}, 'w')",
                                    "import shutil\nshutil.copyfile('ok/mine', {p})", "list(map(open, [{p}], ['w']))", "list(map(os.mkdir, [{p}]))", "os.truncate({p}, 0)",
                                    "import gzip\ngzip.open({p}, 'wb')", "import sqlite3\nsqlite3.connect({p}).execute('create table t(x)')",
                                    "import dbm.ndbm\ndbm.ndbm.open({p}, 'n')", "import dbm.gnu\ndbm.gnu.open({p}, 'n')"])
def test_a_path_that_lies_is_taken_at_its_word_once(places, place, writer):
    places.run(FLIPPING + writer.format(p=place), setup=setup_of(places), ok_dests=["ok"])
    assert {name for name in tree(places) if name.startswith("out")} == {"out", "out/secret"}
    assert (places.home / "out" / "secret").read_text() == "kept" and not (places.home / "new").exists()


@pytest.mark.parametrize("code", [
    "fd = os.open('out/secret', os.O_RDONLY)\nopen(f'/proc/self/fd/{fd}', 'w').write('x')",
    "f = open('out/secret')\nopen(f'/dev/fd/{f.fileno()}', 'w').write('x')",
    "f = open('out/secret')\nopen(f'/proc/{os.getpid()}/fd/{f.fileno()}', 'a').write('x')",
    "f = open('out/secret')\nopen(f'/proc/thread-self/fd/{f.fileno()}', 'r+').write('x')",
    "open('/proc/self/cwd/out/secret', 'w').write('x')", "open('/proc/self/root' + out + '/secret', 'w').write('x')",
    "fd = os.open('out', os.O_RDONLY)\nos.open('secret', os.O_WRONLY | os.O_TRUNC, dir_fd=fd)",
    "fd = os.open('out', os.O_RDONLY)\nos.mkdir('made', dir_fd=fd)", "fd = os.open('ok', os.O_RDONLY)\nos.mkdir('../out/made', dir_fd=fd)",
    "open('ok/a', 'w', opener=lambda p, f: os.open('out/secret', f))", "open('ok/a', 'w', opener=lambda p, f: os.open('out/secret', os.O_RDWR))",
    "os.truncate('out/secret', 0)", "os.rename('out/secret', 'ok/taken')", "os.rename('ok/mine', 'out/secret')", "os.replace(src='ok/mine', dst='out/new')",
    "os.link('out/secret', 'ok/hard')\nopen('ok/hard', 'w').write('x')", "os.symlink('../out', 'ok/way')\nopen('ok/way/new', 'w').write('x')",
    "pathlib.Path('ok/way').symlink_to(out)\nopen('ok/way/new', 'w').write('x')", "os.remove('out/secret')", "pathlib.Path('out/secret').unlink()",
    "os.chmod('out/secret', 0)", "os.utime('out/secret', (0, 0))", "import shutil\nshutil.rmtree('out')", "import shutil\nshutil.move('out/secret', 'ok/taken')",
    "import shutil\nshutil.copytree('ok', 'out/copied')", "import shutil\nshutil.make_archive('out/archive', 'zip', 'ok')",
    "import zipfile\nz = zipfile.ZipFile('ok/z.zip', 'w')\nz.writestr('../out/slipped', 'x')\nz.close()\nzipfile.ZipFile('ok/z.zip').extractall('ok/../out')",
    "import tarfile, io\nt = tarfile.open('ok/t.tar', 'w')\ni = tarfile.TarInfo('../out/slipped')\nt.addfile(i, io.BytesIO())\nt.close()\ntarfile.open('ok/t.tar').extractall('ok', filter='fully_trusted')",
    "import tempfile\ntempfile.NamedTemporaryFile(dir='out', delete=False)", "import tempfile\ntempfile.mkdtemp(dir='out')", "import fileinput\nfor line in fileinput.input('out/secret', inplace=True): pass",
    "print('x', file=open('out/secret', 'a'))", "import mmap\nmmap.mmap(os.open('out/secret', os.O_RDWR), 0)[0] = 65", "import sqlite3\nc = sqlite3.connect(':memory:')\nc.execute(\"attach 'out/new.db' as n\")\nc.execute('create table n.t(x)')",
    "import sqlite3\nsqlite3.connect('file:out/new.db?mode=rwc', uri=True).execute('create table t(x)')", "import sqlite3\nc = sqlite3.connect(':memory:')\nc.execute(\"vacuum into 'out/new.db'\")",
    "import shelve\nshelve.open('out/new')['a'] = 1", "import dbm.dumb\ndbm.dumb.open('out/new', 'c')['a'] = 'b'",
    "import dbm.ndbm\ndbm.ndbm.open('out/new', 'c')['a'] = 'b'", "import dbm.gnu\ndbm.gnu.open('out/new', 'nf')['a'] = 'b'", "import csv\ncsv.writer(open('out/new', 'w')).writerow([1])",
    "import py_compile\npy_compile.compile('ok/mine', cfile='out/new.pyc')", "import configparser\nconfigparser.ConfigParser().write(open('out/new', 'w'))", "open('ok/a\\0/../../out/new', 'w')",
    "os.mkfifo('out/fifo')", "os.mknod('out/node')", "import trace\ntrace.Trace(outfile='out/new').results().write_results(coverdir='out')", "import cProfile\ncProfile.run('1', 'out/new')",
])
def test_no_other_road_leads_out(places, code):
    before = tree(places)
    places.run(code, setup=setup_of(places), ok_dests=["ok"])
    after = {name: text for name, text in tree(places).items() if not name.startswith("ok/")}
    assert after == {name: text for name, text in before.items() if not name.startswith("ok/")}
    assert (places.home / "out" / "secret").stat().st_mode & 0o777 != 0 and (places.home / "out" / "secret").stat().st_mtime > 1


@pytest.mark.parametrize("code", ["open('out/secret').read()", "pathlib.Path('out/secret').read_text()", "os.path.getsize('out/secret') and 'kept'", "open('out/secret', 'rb').read().decode()",
                                  "import shutil\nopen(shutil.copy('out/secret', 'ok')).read()", "next(iter(open('out/secret')))", "pathlib.Path('out/secret').open().read()",
                                  "'kept' if 'secret' in os.listdir('out') else ''", "import glob\n'kept' if glob.glob('out/*') else ''", "import linecache\nlinecache.getline('out/secret', 1).strip()"])
def test_reading_is_free(places, code):
    assert places.value(code, setup=setup_of(places), ok_dests=["ok"]) == "'kept'"


@pytest.mark.parametrize("module", ["ndbm", "gnu"])
def test_native_databases_are_kept_below_ok_dests_alone(places, module):
    if places.plain(f"import dbm.{module}").error:
        pytest.skip(f"this Python is built without dbm.{module}")
    kept = "d = dbm.{0}.open({1}, 'c')\nd['a'] = 'b'\nd.close()\nd = dbm.{0}.open({1})\nd['a'], d.keys()"
    code = f"import dbm.{module}\n" + kept
    assert places.value(code.format(module, "pathlib.Path('ok/new')"), setup=setup_of(places), ok_dests=["ok"]) == "(b'b', [b'a'])"
    for ending in ("", ".db", ".pag", ".dir"):
        (places.home / "ok" / ("linked" + ending)).symlink_to(places.home / "out" / "new")
    places.refusal(code.format(module, "'ok/linked'"), setup=setup_of(places), ok_dests=["ok"])
    assert not (places.home / "out" / "new").exists()
