"""A function that a person trusts, handed to a library that calls it: the printed remedy helps there as well."""
import pytest

from test_approvals import Notebook, ok, refused

REMOVED = "--trust os.remove"
# name: (what is trusted, cells before, the cell; it takes `victims`, paths of files that are to be gone afterwards)
WAYS = {
    "map": (REMOVED, "import os", "list(map(os.remove, victims))"),
    "a name of its own": (REMOVED, "from os import remove as away", "list(map(away, victims))"),
    "kept in a container": (REMOVED, "import os", "kept = {'f': os.remove}\nlist(map(kept['f'], victims))"),
    "kept in a container before": (REMOVED, "import os\nkept = {'f': os.remove}", "list(map(kept['f'], victims))"),
    "partial": (REMOVED, "import os, functools", "for v in victims:\n    list(map(functools.partial(os.remove), [v]))"),
    "key": (REMOVED, "import os, itertools", "len(list(itertools.groupby(victims, key=os.remove)))"),
    "executor": (REMOVED, "import os, concurrent.futures",
                 "with concurrent.futures.ThreadPoolExecutor() as pool:\n    [f.result() for f in [pool.submit(os.remove, v) for v in victims]]"),
    "executor's map": (REMOVED, "import os, concurrent.futures", "with concurrent.futures.ThreadPoolExecutor() as pool:\n    list(pool.map(os.remove, victims))"),
    "thread": (REMOVED, "import os, threading", "for v in victims:\n    t = threading.Thread(target=os.remove, args=(v,))\n    t.start(); t.join()"),
    "timer": (REMOVED, "import os, threading", "for v in victims:\n    t = threading.Timer(0.01, os.remove, (v,))\n    t.start(); t.join()"),
    "pool of threads": (REMOVED, "import os\nfrom multiprocessing.pool import ThreadPool", "with ThreadPool(2) as pool:\n    pool.map(os.remove, victims)"),
    "asyncio": (REMOVED, "import os, asyncio", "for v in victims:\n    await asyncio.to_thread(os.remove, v)"),
    "loop": (REMOVED, "import os, asyncio", "loop = asyncio.get_running_loop()\nfor v in victims:\n    loop.call_soon(os.remove, v)\nawait asyncio.sleep(0.05)"),
    "series": (REMOVED, "import os, pandas as pd", "pd.Series(victims).apply(os.remove)\nNone"),
    "numpy": (REMOVED, "import os, numpy as np", "np.vectorize(os.remove, otypes=[object])(victims)\nNone"),
    "joblib": (REMOVED, "import os, joblib", "joblib.Parallel(2, prefer='threads')(joblib.delayed(os.remove)(v) for v in victims)\nNone"),
    "stack": (REMOVED, "import os, contextlib", "with contextlib.ExitStack() as stack:\n    for v in victims:\n        stack.callback(os.remove, v)"),
    "reduce": (REMOVED, "import os, functools", "functools.reduce(lambda _, v: os.remove(v), victims, None)"),
    "Python's function": ("--trust shutil.rmtree", "import shutil", "list(map(shutil.rmtree, trees))\nlist(map(shutil.rmtree, []))"),
    "Python's function in threads": ("--trust shutil.rmtree", "import shutil, concurrent.futures",
                                     "with concurrent.futures.ThreadPoolExecutor() as pool:\n    list(pool.map(shutil.rmtree, trees))"),
    "method of a class": ("--trust pathlib.Path.unlink", "import pathlib", "list(map(pathlib.Path.unlink, map(pathlib.Path, victims)))"),
    "bound method": ("--trust pathlib.Path.unlink", "import pathlib, threading",
                     "for v in victims:\n    t = threading.Thread(target=pathlib.Path(v).unlink)\n    t.start(); t.join()"),
    "program": ("--trust subprocess.run", "import subprocess, functools", "list(map(functools.partial(subprocess.run, check=True), [['rm', v] for v in victims]))\nNone"),
    "program in a thread": ("--trust subprocess.check_output", "import subprocess, concurrent.futures",
                            "with concurrent.futures.ThreadPoolExecutor() as pool:\n    pool.submit(subprocess.check_output, ['rm', *victims]).result()"),
    "class": ("--trust subprocess.Popen", "import subprocess", "for p in map(subprocess.Popen, [['rm', v] for v in victims]):\n    p.wait()"),
}


@pytest.fixture(scope="module", params=["on", "off"])
def kernel(request, tmp_path_factory):
    started = Notebook(tmp_path_factory.mktemp(f"handed-{request.param}"), "--magics", "open", "--floor", "auto" if request.param == "on" else "off",
                       config='on_refusal = "tell"\n')
    yield started
    started.stop()


def furnish(kernel):
    "Two files and two trees, and their paths in the cells' `victims` and `trees`."
    paths = [kernel.folder / name for name in ("one", "two")]
    trees = [kernel.folder / name / "inner" for name in ("tree", "other")]
    for path in paths:
        path.write_text("mine")
    for tree in trees:
        tree.mkdir(parents=True, exist_ok=True)
        (tree / "leaf").write_text("mine")
    ok(kernel.run(f"victims = {[str(p) for p in paths]!r}\ntrees = {[str(t) for t in trees]!r}"))
    return paths, trees


@pytest.mark.parametrize("name", WAYS)
def test_it_is_trusted_where_it_was_handed_to(kernel, name):
    trusted, before, cell = WAYS[name]
    paths, trees = furnish(kernel)
    gone = trees if "trees" in cell else paths
    target = trusted.split()[-1]
    ok(kernel.run(before))
    kernel.run(f"%deny {target}")
    kernel.run(cell)
    assert any(p.exists() for p in gone), "nobody trusted it yet"
    furnish(kernel)
    ok(kernel.run(f"%allow {trusted}"))
    ok(kernel.run(cell))
    assert not any(p.exists() for p in gone)


# name: (what is trusted, cells before, the cell, which makes both of `places`)
METHODS_OF_C = {
    "bound": ("numpy.ndarray.tofile", "import numpy as np\na = np.arange(3)", "list(map(a.tofile, places))"),
    "of the class": ("numpy.ndarray.tofile", "import numpy as np\na = np.arange(3)", "list(map(np.ndarray.tofile, [a, a], places))"),
    "in a thread": ("numpy.ndarray.tofile", "import numpy as np, threading\na = np.arange(3)",
                    "for p in places:\n    t = threading.Thread(target=a.tofile, args=(p,))\n    t.start(); t.join()"),
    "in an executor": ("numpy.ndarray.dump", "import numpy as np, concurrent.futures\na = np.arange(3)",
                       "with concurrent.futures.ThreadPoolExecutor() as pool:\n    list(pool.map(a.dump, places))"),
    "partial": ("numpy.ndarray.tofile", "import numpy as np, functools\na = np.arange(3)", "list(map(functools.partial(a.tofile, sep=' '), places))"),
}


@pytest.mark.parametrize("name", METHODS_OF_C)
def test_a_method_written_in_c_keeps_its_trust(kernel, name):
    trusted, before, cell = METHODS_OF_C[name]
    places = [kernel.folder / f"{name} {i}" for i in range(2)]
    ok(kernel.run(f"places = {[str(p) for p in places]!r}"))
    kernel.run(f"%deny {trusted}")
    ok(kernel.run(before))
    kernel.run(cell)
    assert not any(p.exists() for p in places), "nobody trusted it yet"
    ok(kernel.run(f"%allow --trust {trusted}"))
    ok(kernel.run(cell))
    assert all(p.stat().st_size for p in places)


def test_a_library_that_calls_it_by_name_is_judged_as_ever(kernel):
    "Removing files was trusted and handed on; taking away trees, which removes files by os.unlink, was not."
    paths, trees = furnish(kernel)
    for trusted in ("shutil.rmtree", "pathlib.Path.unlink"):
        kernel.run(f"%deny {trusted}")
    ok(kernel.run("%allow --trust os.remove\n%allow --trust os.unlink\nimport os, shutil, pathlib\nlist(map(os.unlink, victims[:1]))\nlist(map(os.remove, victims[1:]))"))
    assert not any(p.exists() for p in paths)
    furnish(kernel)
    refused(kernel.run("shutil.rmtree(trees[0])"))
    refused(kernel.run("pathlib.Path(victims[0]).unlink()"))
    assert (trees[0] / "leaf").exists() and paths[0].exists()


def test_taken_back_it_is_refused_where_it_was_handed_to(kernel):
    paths, _ = furnish(kernel)
    ok(kernel.run("%allow --trust os.remove\nimport os\nkept = [os.remove]"))
    ok(kernel.run("list(map(kept[0], victims[:1]))"))
    ok(kernel.run("%deny os.remove"))
    cell = kernel.run("list(map(kept[0], victims[1:]))")
    assert cell.reply["status"] == "error" and paths[1].exists() and not paths[0].exists()


def test_what_it_calls_back_is_a_cells_code(kernel):
    "Trust is the function's; a cell's own function that it calls is judged."
    paths, trees = furnish(kernel)
    ok(kernel.run("%allow --trust shutil.rmtree\nimport shutil, os, functools, threading\n%allow --trust os.remove\n%deny os.remove"))
    code = ("def seen(function, path, error):\n    os.remove(victims[0])\n"
            "t = threading.Thread(target=shutil.rmtree, args=('not there',), kwargs={'onerror': seen})\nt.start(); t.join()")
    kernel.run(code)
    assert paths[0].exists()


def test_it_stays_the_function_that_it_is(kernel):
    ok(kernel.run("%allow --trust os.remove\n%allow --trust shutil.rmtree\nimport os, shutil, pickle, inspect\nf, g = os.remove, shutil.rmtree"))
    assert kernel.run("f is os.remove, g is shutil.rmtree, pickle.loads(pickle.dumps(f)) is f, pickle.loads(pickle.dumps(g)) is g, "
                      "f.__name__, g.__module__, 'def rmtree' in inspect.getsource(g), list(inspect.signature(g).parameters)[0]").plain == \
        "(True, True, True, True, 'remove', 'shutil', True, 'path')"


# ---- threads of what a person trusted ------------------------------------------------------------------------------------

POOL = "with concurrent.futures.ThreadPoolExecutor(2) as pool:\n    {}"
REMOVE_ALL = POOL.format("list(pool.map(os.remove, victims))")
TRUSTED = {
    "pool": (f"%%trusted\nimport os, concurrent.futures\n{REMOVE_ALL}",),
    "program": (f"%%trusted\nimport subprocess, concurrent.futures\n{POOL.format('pool.submit(subprocess.run, [chr(114) + chr(109), *victims], check=True).result()')}",),
    "timer": ("%%trusted\nimport os, threading\nfor v in victims:\n    t = threading.Timer(0.01, os.remove, (v,))\n    t.start(); t.join()",),
    "thread of a thread": ("%%trusted\nimport os, threading\ndef inner():\n    for v in victims: os.remove(v)\n"
                           "def outer():\n    t = threading.Thread(target=inner)\n    t.start(); t.join()\n"
                           "t = threading.Thread(target=outer)\nt.start(); t.join()",),
    "asyncio": ("%%trusted\nimport os, asyncio, concurrent.futures\nwith concurrent.futures.ThreadPoolExecutor(1) as pool:\n    for v in victims:\n"
                "        await asyncio.get_running_loop().run_in_executor(pool, os.remove, v)",),
    "trusted function": ("%%trusted\nimport os, concurrent.futures\n@allow\ndef tidy(victims):\n    "
                         + REMOVE_ALL.replace("\n", "\n    "), "tidy(victims)"),
}


@pytest.mark.parametrize("way", TRUSTED)
def test_threads_of_what_is_trusted_are_trusted_as_long_as_it_runs(kernel, way):
    paths, _ = furnish(kernel)
    kernel.run("%deny os.remove")
    for cell in TRUSTED[way]:
        ok(kernel.run(cell))
    assert not any(path.exists() for path in paths)


def test_a_pool_of_a_trusted_cell_does_for_later_cells_what_these_may(kernel):
    paths, _ = furnish(kernel)
    kernel.run("%deny os.remove")
    ok(kernel.run("%%trusted\nimport concurrent.futures\nkept_pool = concurrent.futures.ThreadPoolExecutor(1)\nkept_pool.submit(len, '').result()"))
    assert kernel.run("kept_pool.submit(abs, -4).result()").plain == "4"
    refused(kernel.run("import os\nkept_pool.submit(os.remove, victims[0]).result()"))
    kernel.run("def remove():\n    for v in victims: os.remove(v)\nkept_pool.submit(remove).result()")
    assert all(path.exists() for path in paths)


def test_a_thread_that_outlives_its_trusted_cell_is_judged(kernel):
    paths, _ = furnish(kernel)
    kernel.run("%deny os.remove")
    ok(kernel.run("%%trusted\nimport os, threading\ncame = threading.Event()\ndef late():\n    came.wait()\n    for v in victims: os.remove(v)\n"
                  "late_thread = threading.Thread(target=late)\nlate_thread.start()"))
    ok(kernel.run("came.set()\nlate_thread.join()"))
    assert all(path.exists() for path in paths)
