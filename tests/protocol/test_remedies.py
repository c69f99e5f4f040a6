"""Every kind of refusal: its printed remedy is run as it stands, the person says yes, and then the cell runs."""
import http.server
import py_compile
import re
import shutil
import threading

import pytest

from test_approvals import Notebook, ok

# name: (cell before, the cell that is refused, what its remedy begins with; "" is not refused where the floor is on)
CALLS = {
    "unlisted function": ("import fqdn", "fqdn.FQDN('example.org').is_valid", "%allow fqdn"),
    "unlisted function by name": ("from uri_template import expand", "expand('{x}', x='1')", "%allow uri_template"),
    "unlisted function kept in a list": ("from rfc3986_validator import validate_rfc3986\nkept = [validate_rfc3986]", "kept[0]('a:b')", "%allow rfc3986_validator"),
    "unlisted class method": ("import pathspec", "pathspec.PathSpec.from_lines('gitwildmatch', ['*.py'])", "%allow pathspec"),
    "unlisted compiled function": ("import lmdb", "lmdb.version()", "%allow lmdb"),
    "a function handed to a library": ("import os", "list(map(os.system, ['true']))", "%allow --trust os.system"),
    "starts a program": ("import os", "os.popen('true').read()", "%allow --trust os.popen"),
    "starts a program by name": ("from subprocess import run", "run(['true'])", "%allow --trust subprocess.run"),
    "starts a program through a dict": ("import subprocess\nkept = {'f': subprocess.check_output}", "kept['f'](['true'])", "%allow --trust subprocess.check_output"),
    "reload of a library": ("import importlib, colorsys", "importlib.reload(colorsys)", "%allow --trust importlib.reload"),
    "error handler that is taken": ("import codecs", "codecs.register_error('strict', codecs.strict_errors)", "%allow --trust codecs.register_error"),
    "documentation loaded anew": ("import pydoc", "pydoc.safeimport('colorsys', forceload=1)", "%"),
    "signals to processes": ("import os", "os.kill(os.getppid(), 18)", "%"),
    "priorities": ("import os", "os.nice(0)", "%"),
    "code of unknown origin": ("import types", "exec(compile('1', 'x', 'exec').replace(co_name='y'))", "%"),
}
WRITES = {
    "open": ("", "open('file', 'w').write('effect')", "%ok_dests --add"),
    "open in a folder": ("", "open('out/file', 'w').write('effect')", "%ok_dests --add"),
    "open below a folder that is missing": ("import os", "os.makedirs('new/deep')\nopen('new/deep/file', 'w').close()", "%ok_dests --add"),
    "path": ("import pathlib", "pathlib.Path('out/p').write_text('effect')", "%ok_dests --add"),
    "remove": ("import os", "os.remove('victim')", "%ok_dests --add"),
    "rename": ("import os", "os.rename('victim', 'out/renamed')", "%ok_dests --add"),
    "chmod": ("import os", "os.chmod('victim', 0o600)", "%ok_dests --add"),
    "tree": ("import shutil", "shutil.rmtree('tree')", "%"),
    "copy": ("import shutil", "shutil.copy('victim', 'out/copy')", "%ok_dests --add"),
    "table": ("import pandas as pd", "pd.DataFrame({'a': [1]}).to_csv('out/t.csv')", "%ok_dests --add"),
    "array": ("import numpy as np", "np.save('out/a.npy', np.arange(3))", "%ok_dests --add"),
    "array to file": ("import numpy as np", "np.arange(3).tofile('out/a.bin')", "%ok_dests --add"),
    "figure": ("import matplotlib.pyplot as plt", "plt.plot([1])\nplt.savefig('out/f.png')\nplt.close()", "%ok_dests --add"),
    "picture": ("from PIL import Image", "Image.new('L', (2, 2)).save('out/i.png')", "%ok_dests --add"),
    "database": ("import sqlite3", "c = sqlite3.connect('out/d.db')\nc.execute('create table t (a)')\nc.close()", "%ok_dests --add"),
    "columns": ("import pyarrow as pa, pyarrow.parquet as pq", "pq.write_table(pa.table({'a': [1]}), 'out/c.parquet')", "%ok_dests --add"),
    "duckdb": ("import duckdb", "duckdb.sql('select 1').write_csv('out/duck.csv')", "%"),
    "duckdb in SQL": ("import duckdb", "duckdb.sql(\"copy (select 1) to 'out/sql.csv'\")", "%"),
    "polars": ("import polars as pl", "pl.DataFrame({'a': [1]}).write_parquet('out/pl.parquet')", "%ok_dests --add"),
    "hdf": ("import h5py", "h5py.File('out/h.h5', 'w').close()", "%ok_dests --add"),
    "zip": ("import zipfile", "zipfile.ZipFile('out/z.zip', 'w').close()", "%ok_dests --add"),
    "log": ("import logging", "logging.FileHandler('out/log.txt').close()", "%ok_dests --add"),
    "temporary beside": ("import tempfile", "tempfile.mkdtemp(dir='out')", "%ok_dests --add"),
    "shelf": ("import shelve", "shelve.open('out/shelf').close()", "%ok_dests --add"),
    "pickled model": ("import joblib", "joblib.dump([1], 'out/model.joblib')", "%ok_dests --add"),
    "cell magic": ("", "%%writefile out/written.txt\ntext", "%ok_dests --add"),
    "a folder with blanks": ("", "open('a folder/file', 'w').close()", "%ok_dests --add"),
    "a folder with a quote": ("", "open(\"it's/file\", 'w').close()", "%ok_dests --add"),
    "beside git's settings": ("", "open('.git/config', 'w').close()", "%%trusted"),
    "a socket by its descriptor": ("import socket\n%allow --trust socket.socketpair\na, b = socket.socketpair()", "open(a.fileno(), 'wb', closefd=False).close()", "%%trusted"),
    "a start-up file": ("", "open('sitecustomize.py', 'w').close()", "%%trusted"),
    "the project's settings": ("", "open('.safepyrun.toml', 'a').close()", "%%trusted"),
    "a folder in the caches": ("import os", "os.makedirs(os.path.expanduser(f'~/.cache/assist/{os.getpid()}'), exist_ok=True)", "%ok_dests --add"),
    "by descriptor": ("import os", "os.close(os.open('out/fd', os.O_WRONLY | os.O_CREAT))", "%ok_dests --add"),
    "an extended attribute": ("import os", "os.utime('victim')", "%ok_dests --add"),
    "a link": ("import os", "os.symlink('victim', 'out/link' + str(len(os.listdir('out'))))", "%ok_dests --add"),
    "a FIFO": ("import os", "os.mkfifo('out/fifo' + str(len(os.listdir('out'))))", "%ok_dests --add"),
    "an archive": ("import shutil", "shutil.make_archive('out/archive', 'zip', 'tree')", "%ok_dests --add"),
    "pickled table": ("import pandas as pd", "pd.DataFrame({'a': [1]}).to_pickle('out/t.pkl')", "%ok_dests --add"),
    "workbook": ("import openpyxl", "openpyxl.Workbook().save('out/w.xlsx')", "%ok_dests --add"),
    "geometry": ("import geopandas, shapely", "geopandas.GeoDataFrame(geometry=[shapely.Point(0, 0)]).to_file('out/g.gpkg')", "%"),
    "web page": ("import plotly.express as px", "px.line(x=[1], y=[1]).write_html('out/p.html')", "%ok_dests --add"),
    "zarr": ("import zarr", "zarr.open('out/z.zarr', mode='w')", "%"),
    "numba's cache": ("import numba\n@numba.njit\ndef twice(x): return 2 * x", "twice(2)\nopen('out/n', 'w').close()", "%ok_dests --add"),
}
OTHERS = {
    "reflection": ("def f(): pass", "f.__globals__", "%%trusted"),
    "reflection by name": ("def f(): pass", "getattr(f, '__glo' + 'bals__')", "%%trusted"),
    "a format that reflects": ("def f(): pass", "'{0.__globals__}'.format(f)", "%%trusted"),
    "a module's name": ("import json", "json.extra = 5", "%%trusted"),
    "a class of a library": ("import fractions", "fractions.Fraction.extra = 5", "%%trusted"),
    "an object of a library": ("import logging", "logging.getLogger().manager.extra = 5", "%"),
    "sys": ("import sys", "sys.extra = 5", "%%trusted"),
    "sys.modules": ("import sys", "sys.modules['json'] = 5\nimport json as j\nsys.modules.pop('json', None)", "%"),
    "builtins": ("import builtins", "builtins.extra = 5", "%%trusted"),
    "a stream of the host": ("import sys", "sys.__stdout__.extra = 5", "%"),
    "a trace function": ("import sys", "sys.settrace(None)", "%"),
    "a profile of threads": ("import threading", "threading.setprofile(None)", "%"),
    "a library of C": ("import ctypes", "ctypes.CDLL(None)", "%"),
    "a socket that listens": ("import socket", "s = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.close()", "%"),
    "a limit": ("import resource", "soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\nresource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, hard - 1), hard - 1))", "%"),
    "umask": ("import os", "os.umask(os.umask(0o22))", "%"),
    "fork": ("import os", "pid = os.fork()\nif not pid:\n    os._exit(0)\nos.waitpid(pid, 0)", "%"),
    "a process pool": ("import multiprocessing", "p = multiprocessing.get_context('spawn').Process(target=print)\np.start()\np.join()", "%"),
    "command": ("", "!touch out/touched", "%allow --shell"),
    "command with a blank": ("", "!touch 'out/a b'", "%allow --shell \"touch 'out/a b'\""),
    "command with a star": ("", "!touch 'out/*' \"\"", "%allow --shell \"touch 'out/*' ''\""),
    "command with a quote": ("", "!mkdir -p \"out/it's\"", '%allow --shell "mkdir"'),
    "shell": ("", "%%bash\ntouch out/a | cat\ntest -f out/a && touch out/b", '%allow --shell "bash"' ),
    "script": ("", "%%sh\nfor i in 1 2; do touch out/$i; done", '%allow --shell "sh"' ),
    "environment": ("import os", "os.environ['LD_PRELOAD'] = ''", "%"),
    "a shell with options": ("", "%%script dash -e\ntouch out/x", "%allow --shell"),
    "another program": ("", "%%script env\n", "%allow --shell"),
    "a module without source": ("import sys\nsys.path.insert(0, 'packages')\n%ok_dests packages", "import nosource", "%"),
    "an attribute of a frame": ("import sys", "sys._getframe().f_locals", "%"),
    "a finalizer of the interpreter": ("import atexit", "atexit._clear()", "%"),
    "a class's bases": ("import fractions", "fractions.Fraction.__bases__ = fractions.Fraction.__bases__", "%"),
    "a posted form": ("import requests", "requests.post(URL, data='a')", "%"),
    "a posted form by a session": ("import requests\ns = requests.Session()", "s.post(URL, data='a')", "%"),
    "a form by the standard library": ("import urllib.request", "urllib.request.urlopen(URL, data=b'a')", "%"),
    "a verb": ("import http.client", "c = http.client.HTTPConnection(URL.split('/')[2])\nc.request('DELETE', '/x')\nc.getresponse().read()", "%"),
    "a connection": ("import socket", "socket.create_connection(('127.0.0.1', int(URL.split(':')[2].strip('/'))), 2).sendall(b'x')", "%"),
    "posted by httpx": ("import httpx", "httpx.post(URL, content='a')", "%"),
    "posted by a pool": ("import urllib3", "urllib3.PoolManager().request('POST', URL, body='a')", "%"),
}
EVERY = {**CALLS, **WRITES, **OTHERS}


def furnish(folder):
    for name in ("out", "tree/inner", "a folder", "it's", ".git", "packages"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "victim").write_text("mine")
    (folder / "tree" / "file").write_text("mine")
    (folder / "nosource.py").write_text("value = 1\n")
    py_compile.compile(str(folder / "nosource.py"), str(folder / "packages" / "nosource.pyc"))
    (folder / "nosource.py").unlink()


@pytest.fixture(scope="module")
def url():
    "A server that answers everything."
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
        do_GET = do_PUT = do_DELETE = do_POST

        def log_message(self, *arguments):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="module", params=["on", "off"])
def kernel(request, tmp_path_factory, url):
    "A kernel that tells refusals and asks for what magics ask, with the floor and without it."
    started = Notebook(tmp_path_factory.mktemp(f"floor-{request.param}"), *(["--floor", "off"] if request.param == "off" else []),
                       config='on_refusal = "tell"\n')
    started.floor = request.param == "on"
    ok(started.run(f"URL = {url!r}"))
    yield started
    started.stop()


def refusal_of(cell):
    return next((m["metadata"]["safepyrun"] for m in cell.messages if m["msg_type"] == "error" and "safepyrun" in m["metadata"]), None)


def follow(kernel, remedy, cell):
    """What a person does with a remedy: it is run as it stands, "s" answered to what it asks, and then the cell. (%%trusted stands above the cell.)"""
    if remedy == "%%trusted":
        return kernel.ask(f"%%trusted\n{cell}", "s", "s")
    done = kernel.ask(remedy, "s", "s")
    assert done.reply["status"] == "ok", (remedy, done.reply.get("evalue"))
    return kernel.ask(cell, "n")


@pytest.mark.parametrize("name", EVERY)
def test_the_printed_remedy_is_what_helps(kernel, name):
    "A cell that does several things is refused several times, never twice for the same."
    before, cell, begins = EVERY[name]
    furnish(kernel.folder)
    ok(kernel.run("%ok_dests --clear\n%ok_hosts --clear"))
    ok(kernel.ask(before, "s"))
    done, remedies = kernel.run(cell), []
    while done.reply["status"] != "ok":
        refusal = refusal_of(done)
        assert refusal, (done.reply["ename"], done.reply["evalue"], remedies)
        remedy = refusal["remedy"]
        assert remedy and remedy not in remedies and remedy.startswith("%" if remedies else begins), (refusal, remedies)
        assert remedy in "".join(done.reply["traceback"])
        remedies.append(remedy)
        assert len(remedies) < 5, remedies
        done = follow(kernel, remedy, cell)
    if not remedies:
        # The floor judges these where they are done, and finds nothing wrong. Without it nobody sees what compiled code does that
        # the row before has permitted.
        assert name.startswith(("unlisted", "a socket that listens", "umask", "a library of C")) if kernel.floor else name == "duckdb in SQL", "nothing was refused"
    for remedy in remedies:
        if remedy.startswith("%ok_dests"):
            assert (str(kernel.folder) if ".cache" not in cell else "/.cache/assist") in remedy


# What a thread, a timer or a task of a cell is refused shows below the cell, on stderr: name: (cell before, what is done there).
ASIDE = {
    "open": ("", "open('out/file', 'w').write('effect')"), "remove": ("import os", "os.remove('victim')"), "tree": ("import shutil", "shutil.rmtree('tree')"),
    "makedirs": ("import os", "os.makedirs('out/made/deep')"), "program": ("import subprocess", "subprocess.run(['true'])"),
    "shell": ("import os", "os.system('true')"), "post": ("import requests", "requests.post(URL, data='a')"),
    "connection": ("import socket", "socket.create_connection(('127.0.0.1', int(URL.split(':')[2].strip('/'))), 2).sendall(b'x')"),
    "path": ("import pathlib", "pathlib.Path('out/p').write_text('x')"), "unlink": ("import pathlib", "pathlib.Path('victim').unlink()"),
    "frame": ("import pandas as pd", "pd.DataFrame({'a': [1]}).to_csv('out/f.csv')"), "numpy": ("import numpy as np", "np.save('out/a.npy', np.arange(3))"),
}
HOW = {"thread": "import threading\nt = threading.Thread(target=work)\nt.start(); t.join()",
       "timer": "import threading\nt = threading.Timer(0.01, work)\nt.start(); t.join()"}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", ASIDE)
def test_a_remedy_that_shows_below_the_cell_helps(kernel, name, how):
    before, work = ASIDE[name]
    furnish(kernel.folder)
    shutil.rmtree(kernel.folder / "out" / "made", ignore_errors=True)
    ok(kernel.run("%ok_dests --clear\n%ok_hosts --clear"))
    ok(kernel.run(before))
    for target in ("os.remove", "os.system", "subprocess.run", "shutil.rmtree", "pathlib.Path.unlink", "requests.post", "socket.create_connection"):
        kernel.run(f"%deny {target}")
    cell = f"def work():\n    {work}\n    print('done')\n{HOW[how]}"
    done, remedies = ok(kernel.run(cell)), []
    while "done" not in done.stream():
        told = re.findall(r"to permit it: (%.*?)(?:'\)+)?$", re.sub(r"\x1b\[[0-9;]*m", "", done.stream("stderr")), re.M)
        assert told, done.stream("stderr")
        remedy = told[-1].strip()
        assert remedy not in remedies and len(remedies) < 4, (remedies, done.stream("stderr"))
        remedies.append(remedy)
        done = ok(follow(kernel, remedy, cell))
    assert remedies and "to permit it" not in done.stream("stderr")
