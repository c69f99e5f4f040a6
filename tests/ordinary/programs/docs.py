# %% namedtuple_field_docs
from collections import namedtuple
Book = namedtuple("Book", ["id", "title"])
Book.id.__doc__ = "13-digit ISBN"
Book.__doc__ += ": a book"
Book.id.__doc__, Book.__doc__, Book("1", "t")
# %% mock_patch_own
import unittest
from unittest.mock import MagicMock, Mock, PropertyMock, call, create_autospec, mock_open, patch, sentinel
class Service:
    limit = 3
    def fetch(self, key): return "real " + key
with patch.object(Service, "fetch", return_value="fake") as fetch:
    print(Service().fetch("k"), fetch.call_args)
print(Service().fetch("k"))
@patch.object(Service, "limit", sentinel.limit)
def limited(): return Service.limit
print(limited(), Service.limit)
class TestService(unittest.TestCase):
    @patch.object(Service, "fetch", autospec=True)
    def test_fetch(self, fetch):
        fetch.return_value = 5
        self.assertEqual(Service().fetch("a"), 5)
        fetch.assert_called_once()
print(unittest.TestResult.wasSuccessful(unittest.defaultTestLoader.loadTestsFromTestCase(TestService).run(unittest.TestResult())))
settings = {"a": 1}
with patch.dict(settings, {"b": 2}, clear=True): print(settings)
mock = MagicMock(); type(mock).size = PropertyMock(return_value=3)
strict = create_autospec(lambda a, b: None, return_value="fishy")
try: strict(1)
except TypeError as error: print(error)
manager = Mock(); manager.attach_mock(mock, "m"); mock(7)
opened = mock_open(read_data="text")
settings, mock.size, strict(1, 2), manager.mock_calls == [call.m(7)], opened("x").read()
# %% mock_patch_environment
import os
from unittest.mock import patch
with patch.dict(os.environ, {"ORDINARY": "1"}): print(os.environ["ORDINARY"])
with patch.dict("os.environ", {"ORDINARY": "2"}): print(os.getenv("ORDINARY"))
"ORDINARY" in os.environ, bool(os.environ["PATH"])
# %% logging_dict_config
import logging, logging.config, sys
class Quiet(logging.Filter):
    def filter(self, record): return "secret" not in record.getMessage()
logging.config.dictConfig({"version": 1, "disable_existing_loggers": False,
    "filters": {"quiet": {"()": Quiet}},
    "formatters": {"short": {"format": "%(levelname)s:%(name)s:%(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "short", "filters": ["quiet"], "stream": "ext://sys.stdout"}},
    "loggers": {"app": {"handlers": ["out"], "level": "DEBUG", "propagate": False}}})
log = logging.getLogger("app"); log.debug("one"); log.info("a secret"); log.error("two")
# %% logging_file_config
import logging, logging.config
with open("logging.ini", "w") as file:
    file.write("[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=f\n[logger_root]\nlevel=INFO\nhandlers=h\n"
               "[handler_h]\nclass=StreamHandler\nformatter=f\nargs=(sys.stdout,)\n[formatter_f]\nformat=%(levelname)s %(message)s\n")
logging.config.fileConfig("logging.ini")
logging.info("read from a file")
# %% profile_own_code
import cProfile, io, pstats
def work(n): return sum(i * i for i in range(n))
profile = cProfile.Profile()
profile.enable(); work(100); profile.disable()
with cProfile.Profile() as other: work(10)
text = io.StringIO(); pstats.Stats(profile, stream=text).sort_stats("cumulative").print_stats("work")
cProfile.Profile().runcall(work, 3), "work" in text.getvalue(), len(other.getstats()) > 1
# %% streams_replaced
import io, sys
kept, sys.stdout = sys.stdout, io.StringIO()
print("captured"); text = sys.stdout.getvalue(); sys.stdout = kept
kept, sys.stdin = sys.stdin, io.StringIO("answer\n")
answer = input(); sys.stdin = kept
kept, sys.argv = sys.argv, ["prog", "--n", "3"]
import argparse
parser = argparse.ArgumentParser(); parser.add_argument("--n", type=int); n = parser.parse_args().n
sys.argv = kept
text, answer, n
# %% atexit_decorator
import atexit
@atexit.register
def goodbye(name="you"): return "bye " + name
goodbye(), goodbye.__name__, atexit.register(print) is print
# %% sqlite_uris
import sqlite3
read = sqlite3.connect("file:../data/data.sqlite?mode=ro", uri=True)
print(read.execute("select * from t").fetchall())
try: read.execute("insert into t values (3, 'z')")
except sqlite3.OperationalError as error: print(error)
one = sqlite3.connect("file:m1?mode=memory&cache=shared", uri=True); two = sqlite3.connect("file:m1?mode=memory&cache=shared", uri=True)
with one: one.execute("create table s(a)"); one.execute("insert into s values (28)")
own = sqlite3.connect("file:own.db?mode=rwc", uri=True); own.execute("create table q(b blob)"); own.execute("insert into q values (zeroblob(3))")
with own.blobopen("q", "b", 1) as blob: blob[0] = 65; blob[1:3] = b"BC"
two.execute("select a from s").fetchone(), own.execute("select b from q").fetchone()
# %% shelve_and_dbm
import dbm.dumb, shelve
with shelve.open("shelf") as shelf: shelf["k"] = [1, 2]; shelf["l"] = {"a": None}
with dbm.dumb.open("plain", "c") as base: base[b"x"] = b"1"; base["y"] = "2"; del base["x"]
with shelve.open("shelf") as shelf: print(sorted(shelf), shelf["k"])
dbm.dumb.open("plain", "r").keys()
# %% paths_cleaned_up
import pathlib, shutil, tempfile, os
here = pathlib.Path("made"); here.mkdir(); (here / "a.txt").write_text("a")
moved = (here / "a.txt").rename(here / "b.txt"); (here / "c").touch(); (here / "c").unlink(); (here / "d").mkdir(); (here / "d").rmdir()
print(sorted(p.name for p in here.iterdir()), moved.name); moved.chmod(0o600)
shutil.rmtree(here)
fd, name = tempfile.mkstemp(dir="."); os.write(fd, b"raw"); os.close(fd)
here.exists(), open(name).read()
# %% copyreg_and_codecs
import codecs, copy, copyreg
class C:
    def __init__(self, a): self.a = a
copyreg.pickle(C, lambda c: (C, (c.a * 2,)))
codecs.register_error("marked", lambda error: ("?!", error.end))
codecs.register_error("marked", lambda error: ("!!", error.end))
copy.copy(C(2)).a, "aéb".encode("ascii", "marked")
# %% types_coroutine
import types
@types.coroutine
def switch(): return (yield "switch")
async def twice(): return await switch() + await switch()
task = twice(); print(task.send(None), task.send(1))
try: task.send(2)
except StopIteration as stop: print(stop.value)
# %% pkgutil_resolve
import pkgutil
pkgutil.resolve_name("math:pi"), pkgutil.resolve_name("collections.abc:Mapping.get").__name__, pkgutil.resolve_name("os.path.join")("a", "b")
# %% jinja_templates [jinja2]
import jinja2
page = jinja2.Template("""{% macro row(a, b=2) %}[{{ a }}/{{ b }}]{% endmacro -%}
Hello {{ name|title }}!{% for x in items if x %} {{ loop.index }}:{{ x.qty * 2 }}{% else %} none{% endfor %} {{ row(1) }}{{ items|map(attribute="qty")|join(",") }}""")
print(page.render(name="bob", items=[{"qty": 1}, {"qty": 2}]))
env = jinja2.Environment(autoescape=True, trim_blocks=True, loader=jinja2.DictLoader({
    "base": "<{% block body %}b{% endblock %}>", "page": "{% extends 'base' %}{% block body %}{{ super() }}{{ x|twice }}{% endblock %}"}))
env.filters["twice"] = lambda text: text * 2
env.globals["now"] = lambda: "noon"
try: env.from_string("{{ 1 / 0 }}").render()
except ZeroDivisionError as error: print(error)
env.get_template("page").render(x="<i>"), env.from_string("{{ now() }}{% set q = [1, 2] %}{{ q|sum }}").render()
# %% sympy_text [sympy]
import sympy
x = sympy.symbols("x")
f = sympy.lambdify(x, sympy.sin(x) ** 2 + x, "math")
sympy.sympify("x**2 + 2*x").factor(), sympy.S("1/3"), sympy.parse_expr("sin(y) + 1"), f(0.0), sympy.integrate(sympy.exp(-x), (x, 0, sympy.oo))
# %% networkx_decorated [networkx]
import networkx as nx
graph = nx.Graph(); graph.add_edge(1, 2, weight=3); graph.add_edges_from([(2, 3), (3, 1)]); graph.nodes[1]["c"] = "red"
nx.shortest_path(graph, 1, 3), nx.degree_centrality(graph), sorted(nx.connected_components(graph)), nx.random_tree if 0 else graph.size(weight="weight")
# %% small_libraries [more_itertools, toolz, click, rich]
import click, io, more_itertools, rich.console, rich.table, toolz
from click.testing import CliRunner
table = rich.table.Table(title="T"); table.add_column("a"); table.add_row("1")
console = rich.console.Console(file=io.StringIO(), width=20); console.print(table); print(console.file.getvalue())
@click.command()
@click.option("--n", default=1)
def main(n): click.echo("n=%d" % n)
CliRunner().invoke(main, ["--n", "4"]).output, list(more_itertools.chunked(range(5), 2)), toolz.pipe(3, lambda v: v + 1, str), toolz.curry(lambda a, b: a - b)(5)(3)
# %% numpy_flags [numpy]
import numpy as np
a = np.arange(3); a.flags.writeable = False
try: a[0] = 1
except ValueError as error: print(error)
with np.nditer([np.arange(3.0), None]) as it:
    for x, out in it: out[...] = x * 2
    print(it.operands[1])
with np.errstate(divide="ignore"): print(np.float64(1) / 0 > 1e300)
# %% pandas_text_and_flags [pandas]
import pandas as pd
df = pd.DataFrame({"A": [1, 4], "B": ["x", "y"]}); limit = 2
def inner():
    low = 3
    return df.query("A > @low and B == 'y'")
df.flags.allows_duplicate_labels = False
print(df.query("A > @limit"), df.eval("F = A + 1"), df.query("B.str.startswith('y')"), pd.eval("df.A * 2"), inner())
values = pd.array([1, None, 3]); values[0] = 2
values.sum(), df.style.hide(axis="index").to_string()
