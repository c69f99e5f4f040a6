"""What Python 3.14 and 3.15 brought that runs code or holds callables: each way is open in plain Python, and held in the sandbox.

The effect is looked for (`victim`, a file in the current folder), never an exception.
"""
import pytest

import newer_cells

REMOVE = "__import__('os').remove('victim')"
ESCAPES = {
    # PEP 750: template strings
    "template value": (3, 14, f"t'{{{REMOVE}}}'"),
    "template, kept callable": (3, 14, "import os\nt'{os.remove}'.interpolations[0].value('victim')"),
    "template, values": (3, 14, "import os\nt'{os.remove}'.values[0]('victim')"),
    "template, format spec": (3, 14, f"t'{{1:{{{REMOVE}}}}}'"),
    "template, by hand": (3, 14, "import os\nfrom string.templatelib import Interpolation, Template\n"
                                 "[i.value('victim') for i in Template(Interpolation(os.remove, 'x'))]"),
    "template, mapped": (3, 14, "import os\nlist(map(t'{os.remove}'.values[0], ['victim']))"),
    # PEP 649 and 749: annotations are code that runs later
    "annotation of a function": (3, 14, f"def f(x: {REMOVE}): pass\nf.__annotations__"),
    "annotation, called": (3, 14, f"def f(x: {REMOVE}): pass\nf.__annotate__(1)"),
    "annotation of a class": (3, 14, f"class C:\n    x: {REMOVE}\nC.__annotations__"),
    "annotation of the module": (3, 14, f"x: {REMOVE}\n__annotate__(1)"),
    "annotation, by annotationlib": (3, 14, f"import annotationlib\ndef f(x: {REMOVE}): pass\nannotationlib.get_annotations(f)"),
    "annotation, by inspect": (3, 14, f"import inspect\ndef f(x: {REMOVE}): pass\ninspect.signature(f)"),
    "annotation, by typing": (3, 14, f"import typing\ndef f(x: {REMOVE}): pass\ntyping.get_type_hints(f)"),
    "annotation, by dataclasses": (3, 14, f"import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: {REMOVE}"),
    "forward reference": (3, 14, "import annotationlib\ndef f(x: [later, __import__('os').remove('victim')]): pass\n"
                                 "r = annotationlib.get_annotations(f, format=annotationlib.Format.FORWARDREF)['x']\nlater = 1\nr.evaluate()"),
    "forward reference, from text": (3, 14, f"import annotationlib\nannotationlib.ForwardRef({REMOVE!r}).evaluate()"),
    "annotate of one's own": (3, 14, f"def f(): pass\nf.__annotate__ = lambda format: {{'x': {REMOVE}}}\nf.__annotations__"),
    "annotate, a callable": (3, 14, "import os, functools\ndef f(): pass\nf.__annotate__ = lambda format: [os.remove][0]('victim')\n"
                                    "try:\n    f.__annotations__\nexcept TypeError: pass"),
    "annotate in a class": (3, 14, f"class C:\n    def __annotate__(format): {REMOVE}; return {{}}\nC.__annotations__"),
    "type's value": (3, 14, f"type A = {REMOVE}\nA.evaluate_value(1)"),
    "bound of a type parameter": (3, 14, f"def f[T: {REMOVE}](): pass\nf.__type_params__[0].evaluate_bound(1)"),
    "default of a type parameter": (3, 14, f"def f[T = {REMOVE}](): pass\nf.__type_params__[0].evaluate_default(1)"),
    # PEP 758: what `except` compares with is an expression
    "except": (3, 14, f"try:\n    1 / 0\nexcept ValueError, {REMOVE}, ZeroDivisionError:\n    pass"),
    # PEP 734: another interpreter would have none of the checks
    "interpreters": (3, 14, f"from concurrent import interpreters\ninterpreters.create().exec({REMOVE!r})"),
    "interpreters, a pool": (3, 14, "import os\nfrom concurrent.futures import InterpreterPoolExecutor\nwith InterpreterPoolExecutor(1) as p:\n"
                                    "    p.submit(os.remove, 'victim').result()"),
    "interpreters, below": (3, 14, f"import _interpreters\n_interpreters.exec(_interpreters.create(), {REMOVE!r})"),
    # PEP 768: code for another process, or for this one
    "remote_exec": (3, 14, f"import os, sys, time\nopen('script.py', 'w').write({REMOVE!r})\nsys.remote_exec(os.getpid(), 'script.py')\n"
                           "for i in range(1000): time.sleep(0)"),
    # what took on new ways to write or to call
    "functools.Placeholder": (3, 14, "import functools, os\nfunctools.partial(os.rename, functools.Placeholder, 'gone')('victim')"),
    "pathlib move": (3, 14, "import pathlib\npathlib.Path('victim').move('gone')"),
    "pathlib copy": (3, 14, "import pathlib\npathlib.Path(__import__('os').devnull).copy('victim')"),
    "zstd": (3, 14, "import compression.zstd\ncompression.zstd.open('victim', 'wb').close()"),
    "compression's others": (3, 14, "import compression.gzip\ncompression.gzip.open('victim', 'wb').close()"),
    "tarfile with zstd": (3, 14, "import tarfile\ntarfile.open('victim', 'w:zst').close()"),
    # PEP 810: lazy imports
    "lazy import": (3, 15, "lazy import os\nos.remove('victim')"),
    "lazy from": (3, 15, "lazy from os import remove\nremove('victim')"),
    "lazy from, another name": (3, 15, "lazy from os import remove as r\n[r][0]('victim')"),
    "lazy from, mapped": (3, 15, "lazy from os import remove as r\nlist(map(r, ['victim']))"),
    "lazy from, by globals": (3, 15, "lazy from os import remove as r\nr\nglobals()['r']('victim')"),
    "lazy from, out of globals": (3, 15, "lazy from os import remove as r\n[v for k, v in globals().items() if k == 'r'][0]('victim')"),
    "lazy from, exec": (3, 15, "exec('lazy from os import remove as r\\nr(\"victim\")')"),
    "lazy by a list": (3, 15, "__lazy_modules__ = ['os']\nfrom os import remove\nremove('victim')"),
    "lazy import of a written module": (3, 15, f"import sys\nopen('written.py', 'w').write({REMOVE!r})\nsys.path.insert(0, '.')\nlazy import written\nwritten"),
    # PEP 814, 798, 799
    "frozendict": (3, 15, "import os\nfrozendict(r=os.remove)['r']('victim')"),
    "frozendict, joined": (3, 15, "import os\n(frozendict() | {'r': os.remove})['r']('victim')"),
    "unpacking in a comprehension": (3, 15, "import os\n[r('victim') for r in [*x for x in [[os.remove]]]]"),
    "profiling.tracing": (3, 15, f"import profiling.tracing\nprofiling.tracing.run({REMOVE!r})"),
}


@pytest.mark.parametrize("name", ESCAPES)
def test_held(sandbox, tmp_path, name):
    *since, code = ESCAPES[name]
    if sandbox.version < tuple(since):
        pytest.skip("needs Python %d.%d" % tuple(since))
    victim = tmp_path / "victim"
    victim.write_text("keep")
    plain = sandbox.plain(code)
    assert not victim.exists() or victim.read_bytes() != b"keep", (name, plain.error and plain.error.text)
    victim.write_text("keep")
    for path in tmp_path.iterdir():
        if path != victim:
            path.unlink()
    (tmp_path / "out").mkdir()
    sandbox.run(code, ok_dests=[tmp_path / "out"])
    assert victim.read_bytes() == b"keep", name


REFUSED = {
    "from concurrent import interpreters\ninterpreters.create()":
        "concurrent.interpreters.create: another interpreter has none of these checks",
    "from concurrent.futures import InterpreterPoolExecutor\nInterpreterPoolExecutor()":
        "InterpreterPoolExecutor: another interpreter has none of these checks; use ThreadPoolExecutor",
    "import sys\nsys.remote_exec(1, 'x.py')": "sys.remote_exec: runs code in another process that was not checked",
}


@pytest.mark.parametrize("code", REFUSED)
def test_refused_with_the_reason(sandbox, code):
    if sandbox.version < (3, 14):
        pytest.skip("needs Python 3.14")
    answer = sandbox.run(code)
    assert answer.error.denied and REFUSED[code] in answer.error.text


# ---- cells as people write them -------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    "What a cell of newer_cells.py finds; it may write to `ok`."
    (tmp_path / "ok").mkdir()
    (tmp_path / "treasure").mkdir()
    (tmp_path / "victim").write_text("keep")
    (tmp_path / "treasure/kept").write_text("keep")
    return tmp_path


def needs(sandbox, cell):
    *since, code = cell
    if sandbox.version < tuple(since):
        pytest.skip("needs Python %d.%d" % tuple(since))
    return code


@pytest.mark.parametrize("name", newer_cells.ORDINARY)
def test_an_ordinary_cell_ends_well(sandbox, folder, name):
    code = needs(sandbox, newer_cells.ORDINARY[name])
    answer = sandbox.run(code, ok_dests=[folder / "ok"])
    assert answer.error is None, (answer.error.type, answer.error.text)


@pytest.mark.parametrize("name", newer_cells.ACCIDENTS)
def test_an_accident_has_no_effect(sandbox, folder, name):
    code = needs(sandbox, newer_cells.ACCIDENTS[name])
    mode = (folder / "treasure").stat().st_mode
    sandbox.run(code, ok_dests=[folder / "ok"])
    assert (folder / "victim").read_bytes() == (folder / "treasure/kept").read_bytes() == b"keep"
    assert (folder / "treasure").stat().st_mode == mode
