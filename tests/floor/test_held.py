"""What packs refuse only where nothing holds it, and what libraries do to code: here it runs, and its effects are held."""
import importlib.util
import pickle

import pytest


def needs(*libraries):
    "The test needs them; tests/requirements-floor.txt and -packs.txt bring them."
    missing = [name for name in libraries if not importlib.util.find_spec(name)]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed")


@needs("lxml")
def test_a_style_sheet_runs_and_writes_below_a_destination_alone(shared):
    shared.good("from lxml import etree\nsheet = lambda path: etree.XML(f'''<xsl:stylesheet version='1.0' "
                "xmlns:xsl='http://www.w3.org/1999/XSL/Transform' xmlns:e='http://exslt.org/common' extension-element-prefixes='e'>"
                "<xsl:template match='/'><o/><e:document href='{path}'><w/></e:document></xsl:template></xsl:stylesheet>''')")
    shared.run(f"etree.XSLT(sheet('{shared.out}/sheet.xml'))(etree.XML('<a/>'))")
    assert not (shared.out / "sheet.xml").exists()
    shared.good("plain = etree.XML(\"<x:stylesheet version='1.0' xmlns:x='http://www.w3.org/1999/XSL/Transform'>"
                "<x:template match='/'><o/></x:template></x:stylesheet>\")")
    assert shared.good("etree.XSLT(plain)(etree.XML('<a/>')).getroot().tag").plain == "'o'"


@needs("polars", "sqlalchemy", "pandas")
def test_a_frame_goes_into_a_database_below_a_destination_alone(shared):
    shared.good("import polars as pl\nframe = pl.DataFrame({'a': [1]})")
    assert shared.run(f"frame.write_database('t', 'sqlite:///{shared.out}/t.db')").reply["status"] == "error"
    assert not (shared.out / "t.db").exists()
    shared.good(f"frame.write_database('t', 'sqlite:///{shared.ok}/t.db')")
    assert (shared.ok / "t.db").exists()


@needs("netCDF4")
def test_a_data_set_in_memory_is_no_file(shared):
    path = shared.out / "memory.nc"
    shared.good("import netCDF4")
    shared.good(f"d = netCDF4.Dataset('{path}', 'w', diskless=True); d.createDimension('x', 2); d.close()")
    shared.good(f"d = netCDF4.Dataset('{path}', 'w', memory=1000); d.createDimension('x', 2); assert len(d.close())")
    shared.run(f"d = netCDF4.Dataset('{path}', 'w', diskless=True, persist=True); d.createDimension('x', 2); d.close()")
    assert not path.exists()


@needs("numba")
def test_numba_calls_back_into_python(shared):
    shared.good("from numba import njit, objmode\nimport os\n@njit\ndef f(n):\n    with objmode(y='float64'):\n        y = float(len(str(n)))\n"
                "    return y\n@njit\ndef g():\n    with objmode():\n        os.mkdir('made')")
    assert shared.good("f(10)").plain == "2.0"
    assert shared.run("g()").reply["ename"] == "Denied" and shared.good("os.path.exists('made')").plain == "False"


@needs("numba")
def test_numba_takes_closures_and_comprehensions(shared):
    shared.good("from numba import njit\n@njit\ndef f(n):\n    def g(x): return x + 1\n    return sum([g(i) for i in range(n)])")
    assert shared.good("f(4)").plain == "10"
    shared.good("import functools\nnamed = functools.wraps")  # what has a name in its module is not changed by others' wish
    assert shared.run("functools.wraps.__code__ = (lambda: 0).__code__").reply["status"] == "error"


@needs("cloudpickle")
def test_code_that_is_pickled_is_guarded_again(shared):
    shared.good("import cloudpickle, pickle, os\nk = 5\ndef g(n): return n if n < 2 else g(n - 1) + g(n - 2)\n"
                "class C:\n    def m(self): return k")
    assert shared.good("again = pickle.loads(cloudpickle.dumps(lambda x: x + k)); again(1)").plain == "6"
    assert shared.good("pickle.loads(cloudpickle.dumps(C))().m(), pickle.loads(cloudpickle.dumps(g))(6)").plain == "(5, 8)"
    there = shared.out / "there"
    there.write_text("x")
    cell = shared.run(f"pickle.loads(cloudpickle.dumps(lambda: os.remove('{there}')))()")
    assert cell.reply["ename"] == "Denied" and there.exists()
    assert shared.run("pickle.loads(cloudpickle.dumps(lambda: setattr(os, 'sep', 1)))()").reply["ename"] == "Denied"
    assert shared.good("os.sep").plain == "'/'"


def test_pickled_code_that_no_cell_wrote_is_refused(shared):
    code = (lambda: 1).__code__
    parts = (0, 0, 0, 0, 1, 3, code.co_code, (None, 1), (), (), "made", "f", "f", 1, b"", b"", (), ())
    data = b"\x80\x03ctypes\nCodeType\n" + pickle.dumps(parts, 3)[2:-1] + b"R."
    assert pickle.loads(data).co_name == "f"  # it is code
    shared.good("import pickle")
    assert shared.run(f"pickle.loads({data!r})").reply["ename"] == "Denied"


@needs("line_profiler")
def test_a_profiler_of_lines_marks_a_cells_code(shared):
    shared.good("import line_profiler\ndef f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
                "profile = line_profiler.LineProfiler(f)\nprofile.runcall(f, 10)\ntimings, = profile.get_stats().timings.values()")
    assert shared.good("[line for line, hits, _ in timings if hits == 10], f(4)").plain == "([5], 6)"


@needs("hypothesis", "beartype")
def test_what_libraries_make_of_text_for_a_cell_is_callable(shared):
    shared.good("from hypothesis import given, settings, strategies as st\nseen = []\n@settings(max_examples=5, database=None)\n"
                "@given(st.text())\ndef f(s): seen.append(s)\nf()")
    assert shared.good("len(seen) > 0").plain == "True"
    shared.good("from beartype import beartype\n@beartype\ndef g(a: int) -> str: return str(a)")
    assert shared.good("g(3)").plain == "'3'"
    assert shared.run("g('x')").reply["ename"] == "BeartypeCallHintParamViolation"


@needs("responses", "requests")
def test_a_library_patches_a_class_of_another_and_a_cell_does_not(shared):
    shared.good("import requests, responses\nsend = requests.adapters.HTTPAdapter.send\nwith responses.RequestsMock() as r:\n"
                "    r.add(responses.GET, 'http://a.b/', json={'a': 1})\n    got = requests.get('http://a.b/').json()")
    assert shared.good("got, requests.adapters.HTTPAdapter.send is send").plain == "({'a': 1}, True)"
    cell = shared.run("from unittest import mock\nmock.patch.object(requests.adapters.HTTPAdapter, 'send', 1).start()")
    assert cell.reply["ename"] == "Denied" and shared.good("requests.adapters.HTTPAdapter.send is send").plain == "True"
