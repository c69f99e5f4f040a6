"""What a library calls on its own for itself passes; its tables are its own to fill; what a cell made or opened is the
cell's to change. The real libraries, in fresh kernels with nobody to answer."""
import http.server
import os
import subprocess
import sys
import threading

import pytest


def run(kernel, code):
    "A cell that must end well; what it printed."
    cell = kernel.run(code)
    assert cell.reply["status"] == "ok", cell.traceback
    return cell.stream().strip()


# ---- tables of libraries

@pytest.mark.parametrize("code, printed", [
    ("import pandas as pd\nprint(pd.Timestamp('2024-01-01', tz='US/Eastern'))", "2024-01-01 00:00:00-05:00"),
    ("import pandas as pd\nprint(pd.to_datetime('2024-01-01', utc=True).tz_convert('Asia/Tokyo'))",
     "2024-01-01 09:00:00+09:00"),
    ("import sympy\nx = sympy.symbols('x')\nf = sympy.assumptions.global_assumptions\nf.add(sympy.Q.positive(x))\nprint(sympy.ask(sympy.Q.positive(x)))", "True"),
    ("import sympy\nx = sympy.symbols('x')\nprint(sympy.lambdify(x, x**2)(3), sympy.lambdify(x, x**2, 'math')(4))", "9 16"),
    ("from lxml import etree\nt = etree.fromstring('<a><item>1</item></a>')\nprint(t.find('item').text)", "1"),
    ("import numpy, polars\nprint(numpy.log(polars.Series([1.0])).to_list())", "[0.0]"),
    ("import h5py\nf = h5py.File('none', 'w', driver='core', backing_store=False)\nf['a'] = [1]\nprint(f['a'][0])", "1"),
    pytest.param("from distutils.util import strtobool\nfrom distutils.sysconfig import get_python_version\nprint(strtobool('yes'), get_python_version() > '3')",
                 "1 True", marks=pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python has no distutils from 3.12 on")),
    pytest.param("from distutils.version import LooseVersion\nprint(LooseVersion('1.2') < LooseVersion('1.10'))", "True",
                 marks=pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python has no distutils from 3.12 on")),
])
def test_compiled_code_fills_the_tables_of_its_library(start, code, printed):
    """Given a fresh kernel, when compiled code of a library keeps something for the first time, then the cell has its
    value: the frame that is nearest is the cell's, the doing is the library's."""
    assert run(start(), code) == printed


@pytest.mark.parametrize("code", [
    "import operator, sys\noperator.setitem(sys.modules, 'evil', 1)",
    "import keyword\nlist(map(keyword.__dict__['kwlist'].append, ['evil']))",
    "import numpy, sys\nnumpy.frompyfunc(dict.__setitem__, 3, 1)(numpy.array([sys.modules], dtype=object), 'evil', 1)",
    "import numpy\nnumpy.frompyfunc(setattr, 3, 1)(numpy.array([numpy], dtype=object), 'sum', 1)",
])
def test_compiled_code_changes_nothing_of_others_for_a_cell(raw, code):
    """Given C code that a cell hands another's table to, then it is unchanged."""
    raw.run(code)
    assert run(raw, "import sys, keyword, numpy\n"
                    "print('evil' in sys.modules, 'evil' in keyword.kwlist, callable(numpy.sum))") == "False False True"


def test_a_librarys_code_connects_to_a_database_by_a_path_object(start, tmp_path):
    """Given library code that hands sqlite3 a pathlib path, then it is judged as its text is."""
    raw = start("--magics", "open")
    cell = (f"import pathlib, sqlite3\nfrom concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as pool:\n"
            f"    base = pool.submit(sqlite3.connect, pathlib.Path({str(tmp_path)!r}) / 'a.db', check_same_thread=False).result()\n"
            "base.execute('create table t (a)')")
    assert str(tmp_path) in raw.run(cell).reply["evalue"]
    assert not (tmp_path / "a.db").exists()
    run(raw, f"%ok_dests --add {tmp_path}")
    run(raw, cell)
    assert (tmp_path / "a.db").stat().st_size > 0
    run(raw, "base.close()")


# ---- what a cell made, and settings

def test_what_a_cell_made_is_its_own_to_change(raw):
    """Given instances that a cell made of libraries' classes, then it may set their attributes and items."""
    assert run(raw, "import plotly.graph_objects as go\nf = go.Figure()\nf.layout.title.text = 'a'\n"
                    "print(f.layout.title.text)") == "a"
    assert run(raw, "import narwhals, polars\nf = narwhals.from_native(polars.DataFrame({'a': [1]}))\n"
                    "f.mine = 2\nprint(f.mine)") == "2"
    assert run(raw, "from PIL import Image\ni = Image.new('L', (2, 2))\ni.info['a'] = 1\n"
                    "i.load()[0, 0] = 7\nprint(i.getpixel((0, 0)))") == "7"


def test_settings_that_libraries_offer(raw):
    """Given objects that libraries keep to be stored to, and plain values of their modules and classes, then a cell sets
    them."""
    assert run(raw, "import plotly.io as pio, plotly.express as px\npio.templates.default = 'plotly_white'\n"
                    "pio.renderers.default = 'notebook'\npx.defaults.width = 300\n"
                    "print(pio.templates.default, pio.renderers.default, px.defaults.width)"
               ) == "plotly_white notebook 300"
    assert run(raw, "import PIL.Image\nfrom tqdm import tqdm\nPIL.Image.MAX_IMAGE_PIXELS = None\n"
                    "tqdm.monitor_interval = 0\nsetattr(tqdm, 'monitor_interval', 5)\n"
                    "print(PIL.Image.MAX_IMAGE_PIXELS, tqdm.monitor_interval)") == "None 5"


@pytest.mark.parametrize("code, printed", [
    ("import http.client\nhttp.client.HTTPConnection.debuglevel = 1\nprint(http.client.HTTPConnection('h').debuglevel)\n"
     "http.client.HTTPConnection.debuglevel = 0", "1"),
    ("import reprlib\nmine = reprlib.Repr()\nmine.maxlist = 2\nprint(mine.repr([1, 2, 3]))", "[1, 2, ...]"),
    ("import unittest\nunittest.TestCase.maxDiff = None\nprint(unittest.TestCase().maxDiff)", "None"),
])
def test_what_the_standard_library_has_to_be_set(start, code, printed):
    """Given attributes of the standard library that its documentation tells programs to set (a pack's `settings`), then a cell sets
    them; their neighbours stay."""
    raw = start()
    assert run(raw, code) == printed
    for other in ("warnings.warn = print", "warnings.showwarning = print", "reprlib.aRepr.maxlist = 2", "ssl._create_default_https_context = 1", "tempfile.tempdir = '/'",
                  "http.client.HTTPConnection.request = 1"):
        assert raw.run("import http.client, reprlib, ssl, tempfile, warnings\n" + other).reply["ename"] == "Denied"


@pytest.mark.parametrize("code", [
    "pandas.read_csv = 1", "setattr(pandas, 'read_csv', None)", "del pandas.DataFrame.sum",
    "pandas.DataFrame.sum = lambda self: 1", "numpy.pi_of_mine = 1", "json.decoder.NaN = 1", "json.mine = 1",
])
def test_what_libraries_share_is_not_a_setting(raw, code):
    """Given functions, new names, and anything of the standard library, then a cell cannot store them there."""
    cell = raw.run("import json, json.decoder, numpy, pandas\n" + code)
    assert cell.reply["ename"] == "Denied"
    assert run(raw, "print(callable(pandas.read_csv), pandas.DataFrame({'a': [1]}).sum().iloc[0], hasattr(numpy, "
                    "'pi_of_mine'), json.decoder.NaN != 1, hasattr(json, 'mine'))") == "True 1 False True False"


# ---- libraries at work

def test_a_cell_does_not_ask_the_collector(raw):
    """Given the collector's functions that reach every object, then a cell gets no answer, however it asks."""
    assert raw.run("import gc\ngc.get_referents([1])").reply["ename"] == "Denied"
    assert raw.run("import gc\nlist(map(gc.get_referents, [[1]]))").reply["ename"] == "Denied"


# ---- stores of HDF5

def test_a_store_of_hdf5(start, tmp_path):
    """Given pandas' HDFStore, whose values are pickled in part, then what is in it is read; it is written where cells may."""
    pytest.importorskip("tables", reason="needs PyTables")
    (tmp_path / "ok").mkdir()
    kernel = start("--magics", "open")
    run(kernel, f"%ok_dests {tmp_path}/ok")
    make = "import pandas as pd\ndf = pd.DataFrame({'n': [1, 2], 'any': [{'a': 1}, 'x']})\nwith pd.HDFStore('%s') as s: s['k'] = df"
    assert kernel.run(make % (tmp_path / "there.h5")).reply["ename"] == "Denied"
    assert not (tmp_path / "there.h5").exists()
    assert kernel.run(make % (tmp_path / "ok" / "there.h5")).reply["status"] == "ok"
    (tmp_path / "ok" / "there.h5").rename(tmp_path / "there.h5")
    assert run(kernel, f"with pd.HDFStore('{tmp_path}/there.h5', 'r') as s:\n    print(s['k'].n.sum(), s['k']['any'][0], s.keys())\n"
                       f"print(pd.read_hdf('{tmp_path}/there.h5', 'k').shape)").splitlines()[-2:] == ["3 {'a': 1} ['/k']", "(2, 2)"]
    before = (tmp_path / "there.h5").read_bytes()
    for mode in "aw":
        assert kernel.run(f"pd.HDFStore('{tmp_path}/there.h5', '{mode}')['k'] = df").reply["ename"] == "Denied"
    assert (tmp_path / "there.h5").read_bytes() == before


# ---- the working directory and time-outs

@pytest.fixture
def folder(tmp_path):
    (tmp_path / "project" / "below").mkdir(parents=True)
    return tmp_path / "project"


def test_working_directory(start, folder):
    """Given os.chdir and contextlib.chdir, then the directory changes, as with %cd; a wrong one is the system's error."""
    kernel = start()
    assert run(kernel, f"import os\nos.chdir({str(folder)!r})\nprint(os.getcwd())") == str(folder)
    assert run(kernel, "from contextlib import chdir\nwith chdir('below'):\n    print(os.path.basename(os.getcwd()))\n"
                       "print(os.path.basename(os.getcwd()))") == "below\nproject"
    cell = kernel.run("os.chdir('missing')")
    assert (cell.reply["ename"], "'missing'" in cell.reply["evalue"]) == ("FileNotFoundError", True)


def test_relative_destinations_keep_their_folder(start, folder):
    """Given a relative destination, when the directory changes, then it goes on meaning the folder it was given in."""
    kernel = start("--magics", "open")
    run(kernel, f"import os\nos.chdir({str(folder)!r})")
    run(kernel, "%ok_dests below")
    run(kernel, "os.chdir('below')\nopen('one', 'w').close()")
    kernel.run("open('../two', 'w')")
    run(kernel, "os.chdir('..')\nopen('below/three', 'w').close()")
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["one", "three"]


def test_the_moving_destination_is_told_and_asked_about(start, folder):
    """Given "." among the destinations, when a cell moves below it and back, then it is told; when it moves elsewhere and
    nobody agrees, then it stays where it is, and nothing is written there."""
    kernel = start("--magics", "open")
    run(kernel, f"import os\nos.chdir({str(folder)!r})")
    run(kernel, "%ok_dests .")
    assert run(kernel, "os.chdir('below')") == f"'.' in ok_dests is now {folder / 'below'}"
    assert run(kernel, "os.chdir('..')\nopen('here', 'w').close()") == f"'.' in ok_dests is now {folder}"
    assert (folder / "here").exists()


def test_the_moving_destination_does_not_widen_unasked(start, folder):
    """Given "." permitted by the configuration and nobody to ask, when a cell moves out of it, then it is refused as %cd
    is, and stays."""
    kernel = start()
    config = kernel.file.parent / "config" / "safepyrun"
    kernel.stop()
    config.mkdir(parents=True, exist_ok=True)
    (config / "config.toml").write_text('ok_dests = ["."]\n')
    kernel = start(environment={"XDG_CONFIG_HOME": str(config.parent)})
    cell = kernel.run(f"import os\nbefore = os.getcwd()\nos.chdir({str(folder)!r})")
    assert cell.reply["ename"] == "Denied"
    assert run(kernel, "print(os.getcwd() == before)") == "True"


def test_time_outs_by_alarm(raw):
    """Given a handler of SIGALRM and a timer, then the cell is interrupted by it; without a handler, which would end the
    kernel, the timer is refused; the handlers of other signals are not a cell's."""
    assert run(raw, "import signal, time\ndef late(*_): raise TimeoutError\n"
                    "old = signal.signal(signal.SIGALRM, late)\nsignal.setitimer(signal.ITIMER_REAL, 0.05)\n"
                    "try: time.sleep(20)\nexcept TimeoutError: print('late')\nsignal.alarm(5)\n"
                    "print(signal.alarm(0), signal.signal(signal.SIGALRM, old) is late)") == "late\n5 True"
    assert raw.run("signal.alarm(5)").reply["ename"] == "Denied"
    assert run(raw, "signal.signal(signal.SIGALRM, late)\nsignal.setitimer(signal.ITIMER_REAL, 0.05)\n"
                    "signal.signal(signal.SIGALRM, signal.SIG_DFL)\ntime.sleep(0.2)\nprint('alive')") == "alive"
    assert raw.run("signal.signal(signal.SIGINT, signal.SIG_IGN)").reply["ename"] == "Denied"


# ---- what runs later

def test_trust_holds_while_it_runs(start, folder):
    """Given trusted functions whose code runs after the call (coroutines with tasks, generators, context managers), then
    their effects are permitted, and those of the cell that uses them are not."""
    kernel = start("--magics", "open")
    run(kernel, "%%trusted\nimport asyncio, contextlib, os\n" f"os.chdir({str(folder)!r})\n"
                "async def save(name):\n    await asyncio.sleep(0.01)\n    open(name, 'w').close()\n"
                "async def save_all(*names):\n    await asyncio.gather(*map(save, names))\n    return len(names)\n"
                "def each(name):\n    for i in range(2):\n        open(f'{name}{i}', 'w').close()\n        yield i\n"
                "async def later(name):\n    for i in each(name):\n        yield i\n"
                "@contextlib.contextmanager\ndef around(name):\n    open(name + '1', 'w').close()\n    yield name\n"
                "    open(name + '2', 'w').close()\n")
    run(kernel, "%allow --trust save_all each later around")
    assert run(kernel, "print(await save_all('a', 'b'), list(each('c')), [i async for i in later('d')])\n"
                       "with around('e') as name: print(name)") == "2 [0, 1] [0, 1]\ne"
    kernel.run("with around('f'): open('mine', 'w')")
    kernel.run("for i in each('g'): open('mine', 'w')")
    assert sorted(os.listdir(folder)) == sorted(["a", "b", "c0", "c1", "d0", "d1", "e1", "e2", "f1", "g0", "below"])


# ---- the network: reading is free

@pytest.fixture(scope="module")
def server():
    "What was asked of it: [method, ...]; `server.address` is where."
    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self):
            asked.append(self.command)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"ok")
        do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_DELETE = do_PATCH = answer

        def log_message(self, *_):
            pass

    class Asked(list):
        address = ""

    asked = Asked()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        asked.address = f"http://127.0.0.1:{httpd.server_port}/"
        yield asked
        httpd.shutdown()


READING = [
    "import requests\nprint(requests.request('GET', URL).text, requests.request(method='get', url=URL).text)",
    "import requests\nwith requests.Session() as s: print(s.request('HEAD', URL).status_code, s.get(URL).text)",
    "import urllib3\nprint(urllib3.PoolManager().request('GET', URL).data)",
    "import httpx\nprint(httpx.request('GET', URL).text)\nwith httpx.stream('GET', URL) as r: print(r.read())",
    "import httpx\nwith httpx.Client() as c: print(c.request('OPTIONS', URL).text)",
    "import httpx, asyncio\nasync with httpx.AsyncClient() as c:\n    print((await c.get(URL)).text)\n"
    "    print([r.text for r in await asyncio.gather(*[c.request('GET', URL) for _ in range(3)])])\n"
    "    async with c.stream('GET', URL) as r: print(await r.aread())",
]
SENDING = [
    "import requests\nrequests.request('POST', URL)", "import requests\nrequests.request(method='delete', url=URL)",
    "import requests\nrequests.Session().request('PUT', URL)",
    "import urllib3\nurllib3.PoolManager().request('POST', URL)", "import httpx\nhttpx.request('DELETE', URL)",
    "import httpx\nwith httpx.stream('POST', URL) as r: pass", "import httpx\nhttpx.Client().request('PATCH', URL)",
    "import httpx\nasync with httpx.AsyncClient() as c: await c.request('DELETE', URL)",
    "import httpx\nasync with httpx.AsyncClient() as c:\n    async with c.stream('POST', URL) as r: pass",
    "import httpx\nclass Verb(str):\n    def upper(self): return 'POST'\nhttpx.request(Verb('GET'), URL)",
]


@pytest.mark.parametrize("code", READING)
def test_reading_by_any_client(raw, server, code):
    """Given a client's call whose method reads, said or named, at once or awaited, then it has its answer."""
    server.clear()
    assert run(raw, f"URL = {server.address!r}\n" + code)
    assert server and set(server) <= {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("code", SENDING)
def test_sending_by_any_client(raw, server, code):
    """Given a method that sends, then nothing but a reading request reaches the server."""
    server.clear()
    raw.run(f"URL = {server.address!r}\n" + code)
    assert set(server) <= {"GET"}


# ---- everyday calls

def test_a_module_of_ones_own_is_reloaded(start, folder):
    """Given a module beside the notebook, then it is imported anew when it changed; one of a library is not."""
    kernel = start()
    run(kernel, f"import os, sys\nos.chdir({str(folder)!r})\nsys.path.insert(0, '')")
    (folder / "mine.py").write_text("VALUE = 1\n")
    assert run(kernel, "import mine\nprint(mine.VALUE)") == "1"
    (folder / "mine.py").write_text("VALUE = 'two'\n")
    assert run(kernel, "import importlib\nprint(importlib.reload(mine).VALUE, mine.VALUE)") == "two two"
    assert kernel.run("import json\nimportlib.reload(json)").reply["ename"] == "Denied"
    assert kernel.run("import pandas\nimportlib.reload(pandas)").reply["ename"] == "Denied"


def test_what_is_there_is_not_made(raw, folder):
    """Given a folder that exists, then making it is no write: it passes or fails as the system says."""
    (folder / "file").write_text("")
    assert run(raw, f"import os, pathlib\nfolder = {str(folder)!r}\nos.makedirs(folder, exist_ok=True)\n"
                    "pathlib.Path(folder).mkdir(parents=True, exist_ok=True)\n"
                    "for make in os.mkdir, os.makedirs, lambda p: pathlib.Path(p).mkdir():\n"
                    "    try: make(folder)\n    except FileExistsError: print('exists')") == "exists\nexists\nexists"
    assert raw.run("os.makedirs(folder + '/new', exist_ok=True)").reply["ename"] == "Denied"
    assert sorted(os.listdir(folder)) == ["below", "file"]


def test_calls_that_start_nothing(raw):
    """Given calls of multiprocessing that start no process, then they have their value."""
    assert run(raw, "import multiprocessing\nmultiprocessing.set_start_method('fork', force=True)\nprint(multiprocessing.get_start_method())") == "fork"
    assert run(raw, "import multiprocessing, os\nfrom multiprocessing import cpu_count\n"
                    "print(multiprocessing.cpu_count() == cpu_count() == os.cpu_count(), "
                    "multiprocessing.current_process().name)") == "True MainProcess"


def test_eval_in_a_module_from_a_destination(start, folder):
    """Given a module from a folder that cells may write to, then its eval() and exec() work in its own names."""
    kernel = start("--magics", "open")
    run(kernel, f"import os, sys\nos.chdir({str(folder)!r})\nsys.path.insert(0, '')")
    run(kernel, "%ok_dests .")
    run(kernel, "text = 'V = eval(\"1\")\\nexec(\"W = 2\")\\ndef f(): return eval(\"V + W\")\\n'\n"
                "open('evals.py', 'w').write(text)")
    assert run(kernel, "import evals\nprint(evals.V, evals.W, evals.f())") == "1 2 3"


def test_one_unknown_name_does_not_void_a_line(start):
    """Given %allow of names of which one is none, then the others are allowed, and it says both."""
    kernel = start("--magics", "open")
    cell = kernel.run("%allow json.tool nonsuch textwrap.nonsuch colorsys.rgb_to_hsv zipimport.zipimporter")
    assert cell.reply["ename"] == "UsageError"
    assert "nonsuch" in cell.reply["evalue"] and "allowed: " in cell.reply["evalue"]
    assert "zipimport.zipimporter" in kernel.run("%allow").stream()


# ---- what libraries do on their own

LOOKS = """import subprocess
def version():
    try:
        return subprocess.check_output(["git", "--version"])
    except FileNotFoundError as error:
        return f"not installed {error.errno}"
def insists():
    subprocess.Popen(["git", "--version"])
"""


def test_a_program_that_a_library_looks_for_is_not_there_to_it(start, tmp_path):
    """Given a library that does without a program where it is not installed, when a cell calls it, then it does without;
    a cell that asks itself, and one whose library insists, are refused with a remedy."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "looking.py").write_text(LOOKS)
    raw = start("--floor", "auto")
    assert run(raw, f"import sys; sys.path.insert(0, {str(folder)!r})\nimport looking\nprint(looking.version())") == "not installed 2"
    cell = raw.run("looking.insists()")
    assert cell.reply["ename"] == "Denied" and "to permit it:" in cell.reply["evalue"]
    assert run(raw, "import subprocess\ntry: subprocess.run(['git', '--version'])\nexcept FileNotFoundError: print('hidden')\n"
                    "except PermissionError as error: print(error.errno, type(error).__name__)") == "13 Denied"


def test_a_class_of_modules_stores_as_every_object(start, tmp_path):
    "object.__setattr__ on an instance of a class of modules, as lazy modules have it; those of others stay closed."
    raw = start()
    lazy = ("import types\nclass Lazy(types.ModuleType):\n    def __setattr__(self, name, value): object.__setattr__(self, name, value)\n"
            "    def __delattr__(self, name): object.__delattr__(self, name)\n")
    assert run(raw, lazy + "m = Lazy('m'); m.a = 1; print(m.a); del m.a; print(hasattr(m, 'a'))").split() == ["1", "False"]
    cell = raw.run("import json\nobject.__setattr__(json, 'dumps', None)")
    assert cell.reply["status"] == "error" and run(raw, "import json; print(callable(json.dumps))") == "True"


# ---- lent for the time of a cell

def test_handlers_and_streams_are_given_back_when_the_cell_ends(start):
    """Given a cell that leaves handlers of signals and C's stdout changed, then it has
    them for its own time, and the next cell finds what was there: it is heard, and it is interrupted."""
    raw = start("--floor", "auto")
    assert run(raw, "import os, signal\nr, w = os.pipe()\n"
               "before = [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]\n"
               "signal.signal(signal.SIGINT, print); signal.signal(signal.SIGTERM, print); os.dup2(w, 1)\n"
               "n = os.write(1, b'lost')\nprint(n, os.read(r, 9))") == "4 b'lost'"
    heard = run(raw, "n = os.write(1, b'heard\\n')\nprint([signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)] == before, n)")
    assert sorted(heard.splitlines()) == ["True 6", "heard"], "two ways to the same stream have no order"
    cell = raw.run("signal.signal(signal.SIGSEGV, print)")
    assert cell.reply["ename"] == "Denied"
    cell = raw.run("signal.signal(signal.SIGINT, signal.SIG_IGN)")
    assert cell.reply["ename"] == "Denied"


def test_the_kernels_own_descriptors_are_not_lent(start):
    raw = start("--floor", "auto")
    cell = raw.run("import os\nmade = os.open(os.devnull, os.O_RDONLY)\nopened = []\nfor n in range(3, made):\n    try: os.dup2(made, n); opened.append(n)\n"
                   "    except PermissionError: pass\nprint(opened)")
    assert cell.reply["status"] == "ok" and run(raw, "print(1)") == "1"


# ---- installed libraries, made for the test

MARKS = "import ast\ntree = ast.parse('x + y')\nfor node in ast.walk(tree):\n    for child in ast.iter_child_nodes(node): child.parent = node\n"
OFFERS = """import operator, os.path
from unittest.mock import patch
options = {}
levels = {"low": 1, "high": 2}
_private = {"a": 1}
readers = {"csv": len}
subclasses = operator.methodcaller("__subclasses__")(int)
folders = ["/usr/share/data"]
handlers = [len]
class Described:
    def __set_name__(self, owner, name): self.name = "kept_" + name
    def __get__(self, instance, owner): return self if instance is None else vars(instance).get(self.name, "as ever")
    def __set__(self, instance, value): vars(instance)[self.name] = value
class Settings: level = Described()
class Table: level = "as ever"
settings, table = Settings(), Table()
def quiet(path): return True
def asks(path):
    with patch("os.path.exists", new=quiet), patch("os.path.of_this_library", new=quiet, create=True):
        return os.path.exists(path), os.path.of_this_library(path)
def asks_with(function, path):
    with patch("os.path.exists", new=function): return os.path.exists(path)
"""


def test_functions_are_checked_after_a_library_marked_the_nodes_of_trees(raw):
    "Load() is one object for all trees: a `parent` on it led from every tree to that one, without an end."
    assert run(raw, MARKS + "print('marked')") == "marked"
    assert run(raw, "def later(a):\n    b = [a for a in range(a)]\n    return b\nprint(later(2), (lambda a: a)(1))") == "[0, 1] 1"
    assert run(raw, "exec(compile(tree, 'x', 'exec'), {'x': 1, 'y': 2})\nprint('ran')") == "ran"


@pytest.fixture
def offering(start, tmp_path):
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "offering.py").write_text(OFFERS)
    raw = start("--floor", "auto")
    run(raw, f"import sys; sys.path.insert(0, {str(folder)!r})\nimport offering")
    return raw


def test_tables_of_settings_that_a_library_shows_are_set(offering):
    """Given dicts of plain values that a module shows, then a cell sets them; those with functions, private ones and the
    namespace itself are the library's."""
    assert run(offering, "offering.options['show'] = False; offering.levels['low'] = 0; offering.levels.update(mid=1)\n"
                         "print(offering.options, offering.levels['low'])") == "{'show': False} 0"
    for code in ("offering.readers['csv'] = print", "offering._private['a'] = 2", "vars(offering)['quiet'] = print",
                 "import os; os.path.__dict__['exists'] = print", "import json; json.__dict__['loads'] = 1"):
        offering.run(code)
    assert run(offering, "import json, os\nprint(offering.readers['csv'] is len, offering._private, offering.quiet is print, os.path.exists is print, json.loads == 1)"
               ) == "True {'a': 1} False False False"


def test_lists_of_plain_values_and_objects_of_settings_that_a_library_shows_are_changed(offering):
    """Given a list of folders or words that a module shows (nltk.data.path), and an object whose class says how its attributes are set,
    with a descriptor of its own (bokeh.settings), then a cell changes them; lists that hold code stay the library's."""
    assert run(offering, "offering.folders.append('/mine'); offering.folders[0] = '/yours'\nprint(offering.folders)") == "['/yours', '/mine']"
    assert run(offering, "offering.settings.level = 'low'\nprint(offering.settings.level)") == "low"
    for code in ("offering.handlers.append(print)", "offering.handlers[0] = print", "offering.handlers.clear()"):
        offering.run(code)
    assert run(offering, "print(offering.handlers == [len])") == "True"


def test_a_method_of_a_class_that_its_module_does_not_show(start):
    "lxml's parsers have theirs from classes that lxml.etree has under no name."
    assert run(start("--floor", "off"), "from lxml import etree\nlookup = etree.ElementNamespaceClassLookup()\n"
               "class Mine(etree.ElementBase):\n    def hello(self): return 'hello'\nlookup.get_namespace('')['a'] = Mine\n"
               "parser = etree.XMLParser()\nparser.set_element_class_lookup(lookup)\nprint(etree.fromstring('<a/>', parser).hello())") == "hello"


@pytest.mark.parametrize("code", [
    "%load_ext memory_profiler\n%memit [1] * 10",
    "from memory_profiler import memory_usage\nprint('peak', memory_usage((sum, ([1, 2],)), max_usage=True) > 1)",
    "from memory_profiler import memory_usage\ntry: memory_usage((lambda: 1 / 0, ()))\nexcept ZeroDivisionError: print('peak')",
])
def test_a_library_that_would_start_a_process_has_a_thread(start, code):
    "memory_profiler looks at this process from another one; it works as well from a thread (the packs' `threads`)."
    assert "peak" in run(start("--floor", "auto"), code)


def test_a_library_mocks_modules_with_its_own_functions_alone(offering):
    """Given a library that mocks a function of another module for a moment, with one of its own, then it does, and all is put
    back; with a cell's function it does not."""
    assert run(offering, "import os\nprint(offering.asks('no such'), os.path.exists('no such'), hasattr(os.path, 'of_this_library'))"
               ) == "(True, True) False False"
    cell = offering.run("offering.asks_with(lambda path: True, 'no such')")
    assert cell.reply["ename"] == "Denied" and run(offering, "print(os.path.exists('no such'))") == "False"


def test_a_shared_library_is_found_as_without_the_kernel(start):
    "ctypes.util.find_library asks the program ldconfig, which cells do not start; its table is read instead."
    code = "import ctypes.util\nprint([ctypes.util.find_library(name) for name in ('c', 'm', 'z', 'ssl', 'stdc++', 'nothere')])"
    theirs = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "libc.so.6" in theirs
    assert start().run(code).stream() == theirs
