"""Libraries that no pack speaks of: they run without a question, and what their native code writes is held."""
import contextlib
import os
import sqlite3
import subprocess
import sysconfig

import pytest
from held import Floor
from raw_kernel import RawKernel

PREPARE = {
    "duckdb": "import duckdb",
    "geopandas": "import geopandas as gpd\nfrom shapely.geometry import Point\n"
                 "frame = gpd.GeoDataFrame({'a': [1]}, geometry=[Point(0, 0)], crs='EPSG:4326')",
    "opencv": "import cv2, numpy as np\nimage = np.zeros((4, 4), np.uint8)",
    "lmdb": "import lmdb",
    "netCDF4": "import netCDF4",
    "h5py": "import h5py",
    "pyarrow": "import pyarrow as pa, pyarrow.parquet as pq, pyarrow.fs as pfs\ntable = pa.table({'a': [1]})",
    "polars": "import polars as pl",
    "sqlite": "import sqlite3",
    "zarr": "import zarr",
}
# What each writes, and the file or folder that is there then. {path} has no ending.
WRITES = {
    "duckdb": ["duckdb.sql(\"COPY (SELECT 1) TO '{path}.csv'\")", "duckdb.connect('{path}.duckdb').execute('create table t as select 1')"],
    "geopandas": ["frame.to_file('{path}.gpkg')", "frame.to_file('{path}.geojson')"],
    "opencv": ["assert cv2.imwrite('{path}.png', image)"],
    "lmdb": ["lmdb.open('{path}.lmdb').close()"],
    "netCDF4": ["netCDF4.Dataset('{path}.nc', 'w').close()"],
    "h5py": ["h5py.File('{path}.h5', 'w').close()"],
    "pyarrow": ["pq.write_table(table, '{path}.parquet')"],
    "polars": ["pl.DataFrame({{'a': [1]}}).write_parquet('{path}.parquet')", "pl.LazyFrame({{'a': [1]}}).sink_csv('{path}.csv')"],
    "sqlite": ["c = sqlite3.connect('{path}.db'); c.execute('create table t(a)'); c.commit(); c.close()"],
    "zarr": ["zarr.save('{path}.zarr', zarr.zeros((2, 2))[:])"],
}


@pytest.mark.parametrize("library", WRITES)
def test_a_library_writes_below_a_destination_alone(shared, library):
    shared.good(PREPARE[library])
    for number, code in enumerate(WRITES[library]):
        for folder in (shared.out, shared.ok):
            cell = shared.run(code.format(path=folder / f"{library}{number}"))
            made = list(folder.glob(f"{library}{number}*"))
            if folder == shared.ok:
                assert cell.reply["status"] == "ok", cell.traceback
                assert made
            else:
                assert cell.reply["status"] == "error"
                assert not made


@pytest.mark.parametrize("library", ["duckdb", "lmdb"])
def test_a_librarys_own_error_becomes_a_refusal_with_its_remedy(floor, library):
    floor.good(PREPARE[library])
    code = WRITES[library][0].format(path=floor.out / "new")
    cell = floor.run(code)
    assert cell.reply["ename"] == "Denied"
    assert str(floor.out / "new") in cell.reply["evalue"]
    assert "The above exception was the direct cause" in cell.traceback
    error, = (m for m in cell.messages if m["msg_type"] == "error")
    remedy = error["metadata"]["safepyrun"]["remedy"]
    assert cell.stream("stderr").count("Refused:") == 0
    floor.good(remedy)
    floor.good(code)
    assert list(floor.out.glob("new*"))


def test_what_a_library_swallows_is_told(shared):
    shared.good(PREPARE["opencv"])
    cell = shared.good(f"cv2.imwrite('{shared.out}/swallowed.png', image)")
    assert cell.plain == "False"
    assert f"{shared.out}/swallowed.png" in cell.stream("stderr") and "to permit it: %ok_dests --add" in cell.stream("stderr")


def test_files_of_others_are_not_overwritten(shared):
    mine = shared.out / "mine.csv"
    mine.write_text("mine")
    shared.good("import duckdb")
    assert shared.run(f"duckdb.sql(\"COPY (SELECT 1) TO '{mine}'\")").reply["ename"] == "Denied"
    assert mine.read_text() == "mine"


def test_a_database_outside_can_be_read(shared):
    with sqlite3.connect(shared.out / "data.db") as connection:
        connection.execute("create table t as select 7 a")
    connection.close()
    shared.good("import pyogrio, duckdb, geopandas as gpd")
    shared.good(PREPARE["geopandas"] + f"\nframe.to_file('{shared.ok}/read.gpkg')")
    (shared.ok / "read.gpkg").rename(shared.out / "read.gpkg")
    cell = shared.good(f"len(gpd.read_file('{shared.out}/read.gpkg'))")
    assert cell.plain == "1" and "Refused" not in cell.stream("stderr")


def test_a_database_that_another_program_has_open_can_be_read(shared):
    "Its journal and its shared memory lie beside it (WAL): nothing is written there, nothing is said of what changes nothing."
    with contextlib.closing(sqlite3.connect(shared.out / "live.db", isolation_level=None)) as theirs:
        theirs.execute("pragma journal_mode=wal")
        theirs.execute("create table t as select 7 a")
        before = {path.name: path.stat().st_ino for path in shared.out.glob("live.db*")}
        assert set(before) == {"live.db", "live.db-wal", "live.db-shm"}
        cell = shared.good(f"import sqlite3\nours = sqlite3.connect({str(shared.out / 'live.db')!r})\nours.execute('select a from t').fetchall()")
        assert cell.plain == "[(7,)]" and cell.stream("stderr") == ""
        theirs.execute("insert into t values (8)")
        assert shared.good("ours.execute('select a from t').fetchall()").plain == "[(7,), (8,)]"
        assert shared.run("ours.execute('delete from t')").reply["ename"] == "Denied"
        shared.good("ours.close()")
        assert {path.name: path.stat().st_ino for path in shared.out.glob("live.db*")} == before
        assert theirs.execute("select a from t").fetchall() == [(7,), (8,)]
        shared.good("import pandas as pd, contextlib")
        cell = shared.good(f"with contextlib.closing(sqlite3.connect({str(shared.out / 'live.db')!r})) as c:\n    n = len(pd.read_sql('select * from t', c))\nn")
        assert cell.plain == "2" and cell.stream("stderr") == ""


UNLISTED = {
    "altair": "import altair as alt, pandas as pd\nchart = alt.Chart(pd.DataFrame({'a': [1]})).mark_bar().encode(x='a')\n"
              "chart.title = 't'\nchart.to_dict()['title']",
    "cv2": "import cv2, numpy as np\ncv2.resize(np.zeros((4, 4), np.uint8), (2, 2)).shape",
    "duckdb": "import duckdb\ncon = duckdb.connect()\ncon.execute('create table t as select 1 a')\ncon.sql('from t').fetchall()",
    "toolz": "import toolz\ntoolz.groupby(len, ['a', 'bb'])",
    "rich": "from rich.table import Table\nt = Table(title='x')\nt.add_column('a')\nt.title = 'y'\nt.row_count",
    "jinja2": "from jinja2 import Template\nTemplate('{{ n }}').render(n=1)",
    "shapely": "import shapely\nround(shapely.Point(0, 0).buffer(1).area)",
}


@pytest.mark.parametrize("library", UNLISTED)
def test_a_library_that_no_pack_lists_runs_without_a_question(shared, library):
    cell = shared.good(UNLISTED[library])
    assert cell.plain and "Refused" not in cell.stream("stderr")


def test_its_effects_are_judged_all_the_same(shared):
    (shared.out / "mine").write_text("mine")
    for code in (f"toolz.pipe('{shared.out}/mine', os.remove)", f"toolz.pipe('{shared.out}/mine', __import__('os').unlink)",
                 "toolz.pipe('true', os.system)", f"toolz.pipe('{shared.out}/mine', open, lambda f: f)\nopen('{shared.out}/mine', 'w')"):
        assert shared.run("import toolz\n" + code).reply["ename"] == "Denied", code
    assert (shared.out / "mine").read_text() == "mine"


def test_modules_and_classes_of_such_a_library_are_not_the_cells(shared):
    shared.good("import altair as alt")
    assert shared.run("alt.Chart = None").reply["ename"] == "Denied"
    assert shared.run("alt.Chart.mark_bar = None").reply["ename"] == "Denied"


def test_deny_takes_it_back_and_policy_tells(floor):
    floor.good("import duckdb, cv2, numpy as np")
    assert "unlisted" in str(floor.good("%policy duckdb.sql").messages)
    floor.good("%deny duckdb.sql")
    assert floor.run("duckdb.sql('select 42')").reply["ename"] == "Denied"
    assert floor.good("duckdb.connect().execute('select 42').fetchall()").plain == "[(42,)]"
    floor.good("%deny cv2")
    assert floor.run("cv2.blur(np.ones((3, 3)), (1, 1))").reply["ename"] == "Denied"
    floor.good("%allow duckdb.sql cv2")
    assert floor.good("duckdb.sql('select 42').fetchall(), cv2.blur(np.ones((3, 3)), (1, 1)).shape").plain == "([(42,)], (3, 3))"


def test_a_library_that_was_taken_back_is_so_as_a_whole(floor):
    """Its functions, the C half that has a name of its own (_duckdb), what was made of it before; the remedy gives it back."""
    floor.good("import duckdb\ncon = duckdb.connect()\nquery = duckdb.sql")
    floor.good("%deny duckdb")
    for code in ("duckdb.sql('select 42')", "duckdb.connect()", "query('select 42')", "con.execute('select 42')", "list(map(duckdb.sql, ['select 42']))",
                 "duckdb.DuckDBPyConnection.execute(con, 'select 42')"):
        assert floor.run(code).reply["ename"] == "Denied", code
    cell = floor.run("duckdb.sql('select 42')")
    error, = (m for m in cell.messages if m["msg_type"] == "error")
    assert error["metadata"]["safepyrun"]["remedy"] == "%allow duckdb" and "taken back" in cell.reply["evalue"]
    floor.good("%allow duckdb")
    assert floor.good("con.execute('select 42').fetchall(), query('select 42').fetchall()").plain == "([(42,)], [(42,)])"


def test_audit_and_policy_name_the_libraries_that_run_so(floor):
    "Those that the notebook has something of, by whatever name; of a cell's own class nobody is asked."
    assert "No pack lists" not in floor.good("%audit").stream() + floor.good("%policy").stream()
    floor.good("import lmdb as other, json\nfrom duckdb import DuckDBPyConnection as Connection\nclass Asked(type):\n    def __getattribute__(self, name): raise RuntimeError(name)\n"
               "class Own(metaclass=Asked): pass\nown = Own()\nfrom collections import namedtuple\nPair = namedtuple('Pair', 'a b')")
    for magic in ("%audit", "%policy"):
        line, = (line for line in floor.good(magic).stream().splitlines() if line.startswith("No pack lists"))
        assert line.startswith("No pack lists duckdb, lmdb:")
    assert "No pack lists" not in floor.good("%audit --count").stream() + floor.good("%audit -j").stream()
    floor.good("import duckdb as d\nconnection = d.connect()\n%deny lmdb\ndel d, Connection")
    assert "No pack lists duckdb:" in floor.good("%audit").stream()


@pytest.mark.parametrize("library", UNLISTED)
def test_nobody_is_asked_about_it(asking, library):
    "As the kernel is by default: whoever asks needs somebody who answers."
    cell = asking.collect(asking.client.execute(UNLISTED[library], allow_stdin=False), timeout=100)
    assert cell.reply["status"] == "ok" and cell.plain and "Refused" not in cell.stream("stderr"), cell.traceback


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    kernel = RawKernel(tmp_path_factory.mktemp("asking"))
    yield kernel
    kernel.stop()


OWN = "def double(x): return 2 * x\nclass Box:\n    def __init__(self, held): self.held = held\n    def get(self): return self.held\n" \
      "def drop(path):\n    import os\n    os.remove(path)\n"


@pytest.mark.parametrize("setting", ["gate", "refuse"])
def test_ones_own_module_runs_and_is_compiled_as_cells_are(tmp_path, extension, setting):
    "A file beside the notebook: no %allow, its effects are judged, and what it defines is the cell's to change."
    (tmp_path / "kernel/config/safepyrun").mkdir(parents=True)
    (tmp_path / "kernel/config/safepyrun/config.toml").write_text(f'unlisted = "{setting}"\n')
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "helpers_of_mine.py").write_text(OWN)
    kernel = Floor(tmp_path, extension)
    try:
        kernel.good(f"import sys\nsys.path.insert(0, {str(tmp_path / 'beside')!r})\nimport helpers_of_mine as own")
        assert kernel.good("box = own.Box(7)\nbox.held = 8\nown.Box.label = 'x'\nown.double(box.get()), box.label").plain == "(16, 'x')"
        (kernel.out / "mine").write_text("mine")
        cell = kernel.run(f"own.drop({str(kernel.out / 'mine')!r})")
        assert cell.reply["ename"] == "Denied" and f"%ok_dests --add {kernel.out}" in cell.traceback and (kernel.out / "mine").exists()
        assert kernel.good("import types\nown.double.__code__.co_name").plain == "'double'"
    finally:
        kernel.stop()


@pytest.mark.parametrize("setting", ["gate", "refuse"])
def test_trust_is_what_lets_it_act(tmp_path, extension, setting):
    (tmp_path / "kernel/config/safepyrun").mkdir(parents=True)
    (tmp_path / "kernel/config/safepyrun/config.toml").write_text(f'unlisted = "{setting}"\n')
    kernel = Floor(tmp_path, extension)
    try:
        code = f"import duckdb\nduckdb.execute(\"COPY (SELECT 1) TO '{kernel.out}/made.csv'\")\n'done'"
        assert kernel.run(code).reply["ename"] == "Denied"
        kernel.good("%allow duckdb")
        assert kernel.run(code).reply["ename"] == "Denied" and not (kernel.out / "made.csv").exists(), "allowed, it is judged"
        kernel.good("%allow --trust duckdb.execute")
        assert kernel.good(code).plain == "'done'" and (kernel.out / "made.csv").exists()
        kernel.good("%deny duckdb.execute")
        (kernel.out / "made.csv").unlink()
        assert kernel.run(code).reply["ename"] == "Denied" and not (kernel.out / "made.csv").exists()
    finally:
        kernel.stop()


INSTANCES = {
    "netCDF4": ("import netCDF4\nd = netCDF4.Dataset('x', 'w', diskless=True)\nd.createDimension('n', 3)\nvar = d.createVariable('v', 'i4', ('n',))",
                "var[:] = 0\nvar.units = 'm'\nint(var[:].sum()), var.units", "(0, 'm')"),
    "altair": ("import altair as alt, pandas as pd\nchart = alt.Chart(pd.DataFrame({'a': [1]})).mark_bar()",
               "chart.title = 't'\nchart.encoding = alt.FacetedEncoding()\nchart.title", "'t'"),
    "zarr": ("import zarr", "z = zarr.zeros((2,))\nz[0] = 5\nz.attrs['a'] = 1\nint(z[0]), z.attrs['a']", "(5, 1)"),
    "rich": ("from rich.table import Table", "t = Table()\nt.title = 'x'\ndel t.title\nt.title = 'y'\nt.title", "'y'"),
}


@pytest.mark.parametrize("library", INSTANCES)
def test_instances_of_its_classes_are_the_cells_to_change(shared, library):
    pytest.importorskip(library, reason="tests/requirements-floor.txt")
    prepare, change, shown = INSTANCES[library]
    assert shared.good(f"{prepare}\n{change}").plain == shown


@pytest.mark.parametrize("how", ["setting", "no floor"])
def test_they_are_refused_where_it_is_said_or_nothing_holds_them(tmp_path, extension, how):
    config = tmp_path / "kernel/config/safepyrun"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('unlisted = "refuse"\n' if how == "setting" else "")
    kernel = Floor(tmp_path, extension, *(["--floor", "off"] if how == "no floor" else []))
    try:
        assert kernel.run("import duckdb\nduckdb.sql('select 42').fetchall()").reply["ename"] == "Denied"
        kernel.good("%allow duckdb")
        assert kernel.good("duckdb.sql('select 42').fetchall()").plain == "[(42,)]"
    finally:
        kernel.stop()


def test_native_code_needs_no_question_on_the_floor(floor):
    floor.good("import duckdb")
    assert "allowed already (unlisted)" in floor.good("%allow duckdb").stream()
    assert "native: duckdb" not in str(floor.good("%audit").messages)


# ---- what popular libraries do for themselves

def test_numba_keeps_what_it_compiles_for_cells(tmp_path, extension):
    """Given numba, which keeps what it compiled by the file of the code, when a cell's function is to be kept, then it is, in
    numba's cache for notebooks, and no cell writes there itself."""
    pytest.importorskip("numba", reason="tests/requirements-floor.txt")
    home = tmp_path / "home"
    (home / ".cache").mkdir(parents=True)
    kernel = Floor(tmp_path / "floor", extension, environment={"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")})
    try:
        kernel.good("from numba import njit\n@njit(cache=True)\ndef twice(x): return 2 * x\nassert twice(4) == 8")
        kept = list(home.rglob("numba_cache/*"))
        assert {file.suffix for file in kept} == {".nbi", ".nbc"}
        assert kernel.run(f"open({str(kept[0])!r}, 'wb')").reply["ename"] == "Denied"
        assert kept[0].stat().st_size > 0
    finally:
        kernel.stop()


def test_a_profiler_shows_the_lines_of_a_cell(shared):
    """Given line_profiler, which shows lines of files and of IPython's cells, then it shows a cell's; and it may mark a
    library's function as well, whose code stays as it was."""
    pytest.importorskip("line_profiler", reason="tests/requirements-packs.txt")
    shared.good("%load_ext line_profiler\ndef count(n):\n    total = 0\n    return total + n")
    cell = shared.good("from packaging.version import parse\nfrom line_profiler import LineProfiler\nprofiler = LineProfiler(count, parse)\n"
                       "profiler.runcall(count, 3)\nprofiler.runcall(parse, '1.0')\nprofiler.print_stats()")
    assert "return total + n" in cell.stream()
    assert "def parse(version: str)" in cell.stream()


def test_a_package_compiled_as_a_whole_can_be_imported(shared):
    """Given a package whose modules are machine code that has the standard library dress its classes (mypyc), then it
    imports; a finished class is still not a cell's to change."""
    pytest.importorskip("black", reason="tests/requirements-packs.txt")
    assert shared.good("import black\nblack.format_str('a=1', mode=black.Mode())").plain == repr("a = 1\n")
    shared.run("import dataclasses\ndataclasses.dataclass(black.Mode, init=False)")
    shared.run("black.Mode.__init__ = None")
    shared.good("assert black.Mode().line_length == 88")


def test_a_library_listens_on_the_loopback_alone(shared):
    """Given library code that opens a port, then one of the loopback that the system chooses is opened, another is not."""
    pytest.importorskip("tornado")
    shared.good("from tornado.netutil import bind_sockets\nsocket, = bind_sockets(0, '127.0.0.1')\nassert socket.getsockname()[1]\n"
                "socket.close()")
    cell = shared.run("bind_sockets(0, '0.0.0.0')")
    assert cell.reply["ename"] == "Denied"
    assert "0.0.0.0" in cell.reply["evalue"]


# A class as Rust's and pybind's extensions have them: it names no module, and has a static method.
KEEPER = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <unistd.h>
static PyObject *drop(PyObject *self, PyObject *arguments)
{
    const char *path;
    if (!PyArg_ParseTuple(arguments, "s", &path)) return NULL;
    return unlink(path) == 0 ? Py_NewRef(Py_None) : PyErr_SetFromErrnoWithFilename(PyExc_OSError, path);
}
static PyMethodDef methods[] = {{"drop", drop, METH_VARARGS | METH_STATIC, "Remove what is kept."}, {0}};
static PyType_Slot slots[] = {{Py_tp_methods, methods}, {0}};
static PyType_Spec spec = {"Keeper", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, slots};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "keeper", .m_size = -1};
PyMODINIT_FUNC PyInit_keeper(void)
{
    PyObject *module = PyModule_Create(&definition), *type = module ? PyType_FromSpec(&spec) : NULL;
    return type && PyModule_AddObject(module, "Keeper", type) == 0 ? module : NULL;
}
"""


def test_a_static_method_of_an_extensions_class_runs_and_is_held(shared, tmp_path):
    """Given a class of C code that names no module, when a cell calls its static method, then it runs: below a destination
    it does what it does, elsewhere nothing."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "keeper.c").write_text(KEEPER)
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-I", sysconfig.get_path("include"), str(folder / "keeper.c"),
                    "-o", str(folder / ("keeper" + sysconfig.get_config_var("EXT_SUFFIX")))], check=True)
    for place in (shared.ok, shared.out):
        (place / "kept").write_text("mine")
    shared.good(f"import sys; sys.path.insert(0, {str(folder)!r})\nfrom keeper import Keeper\nKeeper.drop('{shared.ok}/kept')")
    assert not (shared.ok / "kept").exists()
    assert shared.run(f"Keeper.drop('{shared.out}/kept')").reply["ename"] == "Denied"
    assert (shared.out / "kept").read_text() == "mine"


# What moto does to boto3, and pyLDAvis has pandas do.
MOCKING = """
from unittest import mock
import pandas as pd
_table = {"kind": "real", "read": len}
def mocked():
    with mock.patch.dict(_table, {"kind": "mocked"}), mock.patch("mocked_one.session", None):
        import mocked_one
        mocked_one.connect()
        return _table["kind"], mocked_one.session
def ratio():
    above, below = pd.Series([1.0]), pd.Series([2.0])
    return pd.eval("above / below")[0]
"""


def test_a_library_mocks_another_and_has_its_variables_read(shared, tmp_path):
    """Given a library that mocks its own table and another library's module through the standard library, and has pandas
    read its own variables, when a cell calls it, then it does, and everything is put back; a cell sets no session."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "mocking_one.py").write_text(MOCKING)
    (folder / "mocked_one.py").write_text("session = 'first'\ndef connect():\n    global session\n    session = 'made'\n")
    shared.good(f"import sys; sys.path.insert(0, {str(folder)!r})\nimport mocking_one, mocked_one")
    assert shared.good("mocking_one.mocked(), mocked_one.session, mocking_one._table['kind']").plain == "(('mocked', 'made'), 'first', 'real')"
    assert shared.good("mocking_one.ratio()").plain in ("0.5", "np.float64(0.5)")
    assert shared.run("from unittest import mock\nmock.patch('mocked_one.session', 1).start()").reply["ename"] == "Denied"
    assert shared.good("mocked_one.session, mocking_one._table['kind']").plain == "('first', 'real')"
