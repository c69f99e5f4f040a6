"""What notebooks and their extensions take for granted, with libraries made for the test where a real one is not installed."""
import sys

import pytest

from test_cells import Kernel


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.stop()


@pytest.mark.parametrize("code, last", [
    ("import math; math.sqr", "AttributeError: module 'math' has no attribute 'sqr'. Did you mean: 'sqrt'?"),
    ("[].apend", "AttributeError: 'list' object has no attribute 'apend'. Did you mean: 'append'?"),
    ("values = 1\nvalues_", "NameError: name 'values_' is not defined. Did you mean: 'values'?"),
    ("def f(alpha): return alphaa\nf(1)", "NameError: name 'alphaa' is not defined. Did you mean: 'alpha'?"),
    ("prin(1)", "NameError: name 'prin' is not defined. Did you mean: 'print'?"),
    ("statistics", "NameError: name 'statistics' is not defined. Did you forget to import 'statistics'?"),
    ("zzzzzzz", "NameError: name 'zzzzzzz' is not defined"),
    ("raise AttributeError('mine')", "AttributeError: mine"),
])
def test_suggestions(kernel, code, last):
    assert kernel.run(code).traceback.splitlines()[-1] == last


@pytest.mark.skipif(sys.version_info < (3, 12), reason="ImportError has name_from since 3.12")
def test_a_suggestion_of_what_to_import(kernel):
    assert kernel.run("from math import sqr").traceback.endswith("Did you mean: 'sqrt'?")


def test_a_suggestion_asks_no_object(kernel):
    kernel.run("""asked = []
class Proud:
    name_of = 1
    def __getattr__(self, name): asked.append(name); raise AttributeError(f"none: {name}", name=name, obj=self)
    def __dir__(self): asked.append("dir"); return ["name_off"]
    @property
    def loud(self): asked.append("loud")
proud = Proud()""")
    assert kernel.run("proud.nameof").traceback.endswith("Did you mean: 'name_of'?")
    assert kernel.run("asked").plain == "['nameof']"


def test_config_is_traitlets_own(kernel):
    pytest.importorskip("traitlets")
    code = "from traitlets.config import Config\nc = get_ipython().config\nisinstance(c, Config), 'IPKernelApp' in c, c is get_ipython().config"
    assert kernel.run(code).plain == "(True, True, True)"


def test_a_method_may_be_many_magics(kernel):
    kernel.run("""from IPython.core.magic import Magics, magics_class, line_magic, cell_magic
@magics_class
class Queries(Magics):
    @line_magic("ask")
    @cell_magic("ask")
    @line_magic("inquire")
    def execute(self, line, cell=None): return (line, cell)
queries = Queries(get_ipython())
get_ipython().register_magics(queries)
get_ipython().configurables.append(queries)""")
    assert kernel.run("%ask a").plain == "('a', None)"
    assert kernel.run("%inquire b").plain == "('b', None)"
    assert kernel.run("%%ask c\nd").plain == r"('c', 'd\n')"
    assert kernel.run("get_ipython().find_cell_magic('ask').__self__ is queries").plain == "True"


@pytest.mark.parametrize("module", ["nest_asyncio", "nest_asyncio2"])
def test_nest_asyncio_is_harmless(kernel, module):
    code = f"import asyncio, {module} as nest_asyncio\nnest_asyncio.apply()\nasync def two(): return 2\nasyncio.run(two()) + await two()"
    assert kernel.run(code).plain == "4"
    assert kernel.run("nest_asyncio.apply('loop')").reply["ename"] == "ValueError"


def test_shell_cells_line_by_line(kernel, tmp_path):
    (tmp_path / "seen.txt").write_text("one\ntwo\n")
    for magic in ("%%bash", "%%sh", "%%script bash"):
        assert kernel.run(f"{magic}\n# first\necho hi\n\nls {tmp_path}\n").stream() == "hi\nseen.txt\n"


@pytest.mark.parametrize("cell, said", [
    ("%%bash\necho before\nrm -rf {path}\necho after", '%allow --shell "rm -rf {path}"'),
    ("%%sh\ntouch {path}/new", '%allow --shell "touch {path}/new"'),
    ("%%bash\nfor i in 1 2; do touch {path}/$i; done", '%allow --shell "bash"'),
    ("%%bash --bg\necho 1", "no program is started"), ("%%python\nprint(1)", "no program is started"),
])
def test_shell_cells_that_do_more_are_refused(kernel, tmp_path, cell, said):
    (tmp_path / "kept").write_text("")
    ran = kernel.run(cell.replace("{path}", str(tmp_path)))
    assert ran.reply["status"] == "error" and said.replace("{path}", str(tmp_path)) in ran.reply["evalue"]
    assert [path.name for path in tmp_path.iterdir()] == ["kept"] and "after" not in ran.stream()


def test_progress_bars_are_the_notebooks(kernel):
    pytest.importorskip("tqdm")
    pytest.importorskip("ipywidgets")
    assert kernel.run("from tqdm.auto import tqdm\ntqdm.__module__").plain in ("'tqdm.auto'", "'tqdm.notebook'", "'tqdm.asyncio'")
    assert kernel.run("import tqdm.notebook, tqdm.auto\ntqdm.auto.tqdm.__mro__[1].__module__").plain == "'tqdm.notebook'"


def test_logging_may_be_closed(kernel):
    assert kernel.run("import logging; logging.shutdown()").reply["status"] == "ok"


def test_a_listed_librarys_wrapper_of_an_unlisted_one(tmp_path):
    "scikit-learn wraps the methods of those who derive from its classes."
    pytest.importorskip("sklearn")
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "unheard.py").write_text("""import functools
from sklearn.base import BaseEstimator, TransformerMixin
class Base(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None): return self
    def fit_transform(self, X, y=None): return self.transform(X)
    def get_feature_names_out(self, names=None): return ["a"]
class Doubling(Base):
    def transform(self, X): return X * 2
""")
    kernel = Kernel()
    try:
        kernel.run(f"import sys; sys.path.insert(0, {str(folder)!r})\nimport numpy as np, unheard")
        ran = kernel.run("unheard.Doubling().fit_transform(np.ones((1, 1)))")
        assert ran.reply["status"] == "ok" and ran.plain == "array([[2.]])"
    finally:
        kernel.stop()
