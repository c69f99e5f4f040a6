"""What a library calls on its own for itself passes; its tables are its own to fill; what a cell made or opened is the
cell's to change. The real libraries, in fresh kernels with nobody to answer."""
import os

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
    ("import sympy\nx = sympy.symbols('x')\nprint(sympy.lambdify(x, x**2)(3), sympy.lambdify(x, x**2, 'math')(4))", "9 16"),
    ("from lxml import etree\nt = etree.fromstring('<a><item>1</item></a>')\nprint(t.find('item').text)", "1"),
    ("import numpy, polars\nprint(numpy.log(polars.Series([1.0])).to_list())", "[0.0]"),
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
