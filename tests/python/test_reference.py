"""The examples that users of safepyrun know, each with the result shown there."""
import os
import re
import string
import sys
import types
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

import safepyrun
from safepyrun import *
from safepyrun import __pytools__, _AllowChecked, _find_frame_dict

_test_sentinel = True


def greet(name):
    return f"Hello, {name}!"


def double(x):
    return x * 2


def trusted_echo():
    import subprocess
    return subprocess.run(["echo", "hi"], capture_output=True, text=True)


@pytest.fixture
def ns():
    "A namespace like a notebook's: what its cells imported before."
    import inspect
    import re
    return {"__name__": "__main__", "os": os, "Path": Path, "string": string, "warnings": warnings, "inspect": inspect,
            "re": re, "sys": sys}


@pytest.fixture
def pyrun(ns, run):
    "Run code in that namespace and wait for its value."
    runner = RunPython(g=ns)
    return lambda code: run(runner(code))


@pytest.fixture
def pyrun_in(ns, run):
    "The same with directories that may be written to."
    def make(*dests):
        runner = RunPython(g=ns, ok_dests=list(dests))
        return lambda code: run(runner(code))
    return make


# ---- helpers ----------------------------------------------------------------------------------------------------------

def test_find_frame_dict_finds_the_sentinel():
    assert "_test_sentinel" in _find_frame_dict("_test_sentinel")
    assert _find_frame_dict("nonexistent_sentinel_xyz") is not None


def test_find_var():
    assert find_var("_test_sentinel") is True


def test_a_policy_entry_can_be_found_and_discarded():
    allow({str: [("test_method", AllowPolicy())]})
    assert any(isinstance(x, tuple) and x[0] == "test_method" for x in __pytools__[str])
    __pytools__[str].discard(("test_method", AllowPolicy()))
    assert not any(isinstance(x, tuple) and x[0] == "test_method" for x in __pytools__[str])


def test_allow_checked_asks_the_policy_first(tmp_path):
    wc = _AllowChecked(Path(tmp_path), Path.exists, PathWritePolicy(), [str(tmp_path)])
    assert callable(wc)
    wc2 = _AllowChecked(Path("/etc"), Path("/etc").exists, PathWritePolicy(), [str(tmp_path)])
    with pytest.raises(PermissionError):
        wc2()


def test_srcfn_takes_ten_names_in_turn():
    first, second = srcfn(""), srcfn("")
    numbers = [int(name.removeprefix("<pyrun_").removesuffix(">")) for name in (first, second)]
    assert numbers[1] == (numbers[0] + 1) % 10


def test_should_export():
    assert should_export("x", 1, {})
    assert should_export("x", 1, {"x": 2})
    assert not should_export("x", print, {"x": 2})
    assert not should_export("x", os, {"x": 2})
    assert should_export("x_", print, {"x_": 2})
    assert not should_export("_x", 1, {})


# ---- running ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code, value", [
    ("1+1", 2),
    ("[]", []),
    ("type('t')", str),
    ("a = 1\na+=2\na", 3),
    ('import re; re.findall(r"\\d+", "there are 3 cats and 10 dogs")', ["3", "10"]),
    ("len([1,2,3])", 3),
    ("[x**2 for x in range(5)]", [0, 1, 4, 9, 16]),
    ("a = {'b':1}\nlist(a.items())", [("b", 1)]),
    ("Path().exists()", True),
    ("os.path.join('/foo', 'bar', 'baz.py')", "/foo/bar/baz.py"),
    ("a_=3\na_", 3),
    ("aa_='33'\nlen(aa_)", 2),
    ("async def agen():\n    for x in [1,2]: yield x\nres = []\nasync for x in agen(): res.append(x)\nres", [1, 2]),
    ("import asyncio\nasync def fetch(n): return n * 10\nawait asyncio.gather(fetch(1), fetch(2), fetch(3))",
     [10, 20, 30]),
    ("def g(): ...\ninspect.getsource(g)", "def g(): ...\n"),
    ("class C: ...\nc = C()\nisinstance(C, type), isinstance(c, type)", (True, False)),
    ("x = 1", None),
])
def test_the_last_expression_is_the_result(pyrun, code, value):
    assert pyrun(code) == value


def test_prints_are_shown_and_the_value_returned(pyrun, capsys):
    assert pyrun('print("hello"); 1+1') == 2
    assert capsys.readouterr().out == "hello\n"


def test_warnings_are_shown_with_their_line(pyrun, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = lambda message, category, filename, lineno, file=None, line=None: sys.stderr.write(
            warnings.formatwarning(message, category, filename, lineno, line))
        assert pyrun("\nimport warnings\nwarnings.warn('a warning')\n\"ok\"\n") == "ok"
    assert ":2: UserWarning: a warning" in capsys.readouterr().err


def test_unpacking(pyrun, capsys):
    pyrun("a = [1,2,3]\nprint(*a)")
    assert capsys.readouterr().out == "1 2 3\n"


def test_classes_and_functions_can_be_created(pyrun, capsys):
    pyrun("\nclass A:\n    def __init__(self): print('safe')\n_ = A()")
    pyrun("\ndef f(): print('safe')\nf()")
    assert capsys.readouterr().out == "safe\nsafe\n"


@pytest.mark.parametrize("code", [
    'os.system("touch spawned")',
    "\nclass A:\n    def __init__(self): os.unlink('victim')\nA()",
    "\ndef f(): os.unlink('victim')\nf()",
    "os.unlink('victim')",
    "import subprocess; subprocess.run(['touch', 'spawned'])",
    "Path('written').write_text('nope')",
])
def test_what_has_an_effect_is_refused(pyrun, home, code):
    (home / "victim").write_text("")
    with pytest.raises(PermissionError):
        pyrun(code)
    assert os.listdir(home) == ["victim"]


def test_a_refused_function_can_be_looked_at(pyrun, capsys):
    pyrun("print(os.unlink)\nprint(type(os.unlink))\nprint(os.unlink.__qualname__)")
    assert capsys.readouterr().out == "<built-in function unlink>\n<class 'builtin_function_or_method'>\nunlink\n"


def test_items_and_namespaces_can_be_written_to(ns, pyrun):
    ns["o"] = SimpleNamespace(x=1)
    assert pyrun('\nd = {}\nd["x"] = 1\no.x = 2\nd["x"],o.x') == (1, 2)


# ---- allow ------------------------------------------------------------------------------------------------------------

def test_a_function_of_the_host_needs_allow(ns, pyrun):
    ns["greet"] = greet
    with pytest.raises(PermissionError):
        pyrun('greet("World")')
    allow(greet)
    assert pyrun('greet("World")') == "Hello, World!"


def test_allow_is_a_decorator(ns, pyrun):
    @allow
    def triple(x):
        return x * 3
    ns["triple"] = triple
    assert pyrun("triple(7)") == 21


def test_allow_by_name_before_the_name_exists(ns, pyrun):
    allow("defined_later")
    ns["defined_later"] = lambda: "here"
    assert pyrun("defined_later()") == "here"


def test_what_is_allowed_may_have_effects(ns, pyrun):
    ns["trusted_echo"] = trusted_echo
    with pytest.raises(PermissionError):
        pyrun("trusted_echo().stdout")
    with pytest.raises(PermissionError):
        pyrun("import subprocess; subprocess.run(['echo', 'hi'])")
    allow(trusted_echo)
    assert pyrun("trusted_echo().stdout") == "hi\n"
    with pytest.raises(PermissionError):
        pyrun("import subprocess; subprocess.run(['echo', 'hi'])")


def test_allow_takes_functions_and_methods_of_libraries(ns, pyrun):
    np = pytest.importorskip("numpy")
    ns["np"] = np
    allow(np.array, np.ndarray.sum)
    assert pyrun("np.array([1,2,3]).sum()") == 6


def test_allow_takes_dicts(ns, pyrun):
    np = pytest.importorskip("numpy")
    ns["np"] = np
    allow({np.ndarray: ["mean", "reshape", "tolist", "shape"]})
    allow("my_func", {np.linalg: ["norm", "det"]})
    assert pyrun("np.array([1,2,3,4]).reshape(2,2).mean()") == 2.5


def test_allow_refuses_what_is_no_callable():
    with pytest.raises(TypeError):
        allow(3)


def test_sandboxed_code_cannot_allow(pyrun, home):
    (home / "victim").write_text("")
    with pytest.raises(PermissionError):
        pyrun("import safepyrun\nsafepyrun.allow(os.unlink)\nos.unlink('victim')")
    assert (home / "victim").exists()


# ---- exports ----------------------------------------------------------------------------------------------------------

def test_names_are_exported(ns, pyrun):
    pyrun("result_ = [x**2 for x in range(5)]")
    pyrun('counts_ = {"a": 1, "b": 2}')
    assert ns["result_"] == [0, 1, 4, 9, 16] and ns["counts_"] == {"a": 1, "b": 2}


def test_callables_cannot_shadow(ns, pyrun):
    pyrun("a=3")
    pyrun("def a(): ...")
    assert ns["a"] == 3


def test_a_suffix_forces_the_export(ns, pyrun):
    ns["a_"] = 3
    pyrun("def a_(): ...")
    assert callable(ns["a_"])


def test_underscore_names_stay(ns, pyrun):
    pyrun("_private = 1")
    assert "_private" not in ns


def test_an_exported_function_needs_allow_in_the_next_run(ns, pyrun):
    pyrun("def helper(): return 5\nhelper()")
    with pytest.raises(PermissionError):
        pyrun("helper()")
    allow(ns["helper"])
    assert pyrun("helper()") == 5


# ---- writes -----------------------------------------------------------------------------------------------------------

def test_writes_into_ok_dests(pyrun_in, tmp_path):
    pyrun2 = pyrun_in(str(tmp_path))
    assert pyrun2(f"Path('{tmp_path}/test_write.txt').write_text('hello')") == 5
    assert pyrun2(f"open('{tmp_path}/test_open.txt', 'w').write('hi')") == 2
    assert pyrun2(f"import shutil; shutil.copy('{tmp_path}/test_write.txt', '{tmp_path}/test_copy.txt')") \
        == f"{tmp_path}/test_copy.txt"
    assert pyrun2("len(open('/etc/passwd', 'r').read(10))") == 10
    assert sorted(os.listdir(tmp_path)) == ["test_copy.txt", "test_open.txt", "test_write.txt"]


@pytest.mark.parametrize("code, dest", [
    ("Path('{out}/evil.txt').write_text('bad')", "{out}/evil.txt"),
    ("open('{out}/bad.txt', 'w')", "{out}/bad.txt"),
    ("import shutil; shutil.copy('{ok}/seed.txt', '{out}/bad.txt')", "{out}/bad.txt"),
])
def test_writes_elsewhere_are_refused_by_name(pyrun_in, tmp_path, code, dest):
    ok, out = tmp_path / "ok", tmp_path / "out"
    ok.mkdir()
    out.mkdir()
    (ok / "seed.txt").write_text("seed")
    names = {"ok": str(ok), "out": str(out)}
    with pytest.raises(PermissionError) as refusal:
        pyrun_in(str(ok))(code.format(**names))
    assert str(refusal.value).startswith(f"Dest '{dest.format(**names)}' not allowed; permitted: ['{ok}']")
    assert os.listdir(out) == []


def test_the_working_directory_at_the_time_of_the_write(pyrun_in, home):
    inside = home / "inside"
    inside.mkdir()
    os.chdir(inside)
    pyrun_cwd = pyrun_in(".")
    assert pyrun_cwd("Path('test_cwd_ok.txt').write_text('hello')") == 5
    for code in (f"Path('{home}/nope.txt').write_text('bad')", "Path('../escape.txt').write_text('bad')",
                 "Path('subdir/../../escape.txt').write_text('bad')"):
        with pytest.raises(PermissionError):
            pyrun_cwd(code)
    assert os.listdir(home) == ["inside"] and os.listdir(inside) == ["test_cwd_ok.txt"]


def test_the_policies(tmp_path):
    ok = [str(tmp_path)]
    pp = PosAllowPolicy(1, "dst")
    pp(None, ["src", f"{tmp_path}/ok"], {}, ok)
    with pytest.raises(PermissionError):
        pp(None, ["src", "/root/bad"], {}, ok)
    with pytest.raises(PermissionError):
        pp(None, ["src"], {"dst": "/root/bad"}, ok)
    with pytest.raises(PermissionError):
        PathWritePolicy(0, "target")(Path(tmp_path, "a"), ["/root/bad"], {}, ok)
    OpenWritePolicy()(None, ["/root/bad"], {}, ok)
    OpenWritePolicy()(None, ["/root/bad", "rb"], {}, ok)
    with pytest.raises(PermissionError):
        OpenWritePolicy()(None, ["/root/bad"], {"mode": "a"}, ok)
    assert WritePolicy is AllowPolicy and PosWritePolicy is PosAllowPolicy


class ExtWritePolicy(AllowPolicy):
    "Only allow writes to paths with specified extensions"

    def __init__(self, exts):
        self.exts = set(exts)

    def __call__(self, obj, args, kwargs, ok_dests):
        chk_dest(obj, ok_dests)
        if Path(str(obj)).suffix not in self.exts:
            raise PermissionError(f"{Path(str(obj)).suffix!r} not allowed")


def test_a_policy_of_the_users_own(pyrun_in, tmp_path):
    ep = ExtWritePolicy([".csv", ".json"])
    ep(tmp_path / "data.csv", [], {}, [str(tmp_path)])
    with pytest.raises(PermissionError):
        ep(tmp_path / "script.sh", [], {}, [str(tmp_path)])
    allow({Path: [("touch", ExtWritePolicy([".csv", ".json", ".txt"]))]})
    pyrun2 = pyrun_in(str(tmp_path))
    pyrun2(f"Path('{tmp_path}/data.csv').touch()")
    with pytest.raises(PermissionError):
        pyrun2(f"Path('{tmp_path}/script.sh').touch()")
    assert os.listdir(tmp_path) == ["data.csv"]


def test_plots(ns, pyrun_in, home):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    allow_matplotlib()
    ns["plt"] = plt
    out = home / "out"
    out.mkdir()
    pyrun_tmp = pyrun_in(str(out))
    pyrun_tmp("""
fig, ax = plt.subplots(figsize=(3,2), dpi=100)
ax.plot([1,2,1], label='Triangle')
ax.plot([1,1.5,2], label='Rising')
ax.tick_params(labelsize=10)
ax.set_xlabel('X', fontsize=10)
ax.set_ylabel('Y', fontsize=10)
ax.spines[['top','right']].set_visible(False)
ax.yaxis.set_major_formatter('{x:.0f}')
ax.legend(fontsize=12);
""")
    with pytest.raises(PermissionError):
        pyrun_tmp("fig.savefig(os.path.expanduser('~/plot.png'))")
    pyrun_tmp(f"fig.savefig('{out}/plot.png')")
    assert not (home / "plot.png").exists()
    assert (out / "plot.png").read_bytes().startswith(b"\x89PNG")


# ---- the rest of the API ------------------------------------------------------------------------------------------------

def test_the_docstring_lists_the_tools_of_the_moment(ns):
    def brand_new_tool():
        "A tool."
    assert "brand_new_tool" not in RunPython.__doc__
    allow(brand_new_tool)
    assert "brand_new_tool" in RunPython.__doc__ and "brand_new_tool" in RunPython(g=ns).__doc__


def test_what_the_docstring_tells_a_model_holds(ns, run, tmp_path):
    def listed():
        return 1

    def unlisted():
        return 2
    allow(listed)
    pyrun2 = RunPython(g=ns, ok_dests=[str(tmp_path / "ok")])
    ns.update(listed=listed, unlisted=unlisted, add_msg=allow(lambda content: content), my_dict={"b": 1}, df=SimpleNamespace(shape=(1, 2)))
    (tmp_path / "ok").mkdir()
    told = pyrun2.__doc__
    examples = re.findall(r"`([^`]+)`", told.partition("Examples:")[2])
    assert [run(pyrun2(code)) for code in examples] == [3, "hi", (1, 2), [0, 1, 4, 9, 16], [("b", 1)]]
    assert "listed" in told and "unlisted" not in told
    assert run(pyrun2("listed()")) == 1
    with pytest.raises(PermissionError):
        run(pyrun2("unlisted()"))
    assert f"only below: ['{tmp_path}/ok']" in told and run(pyrun2(f"open('{tmp_path}/ok/a', 'w').write('x')")) == 1
    with pytest.raises(PermissionError):
        run(pyrun2(f"open('{tmp_path}/a', 'w').write('x')"))


TOOLS = {  # how it is given to allow: what the docstring lists, a call of it, the same kind of thing that was not given
    "a function": ("allow(one)", "one", "one(1)", "other(1)"),
    "a name in the namespace": ("allow('two')", "two", "two(1)", "other(1)"),
    "a method of a class": ("allow({Shop: ['buy']})", "Shop.buy", "shop.buy(1)", "shop.sell(1)"),
    "a method by its name": ("allow(Shop.give)", "Shop.give", "shop.give(1)", "shop.sell(1)"),
    "a dotted name": ("allow('shopmodule.count')", "shopmodule.count", "shopmodule.count(1)", "shopmodule.drop(1)"),
    "all of a module": ("allow({whole: ...})", "wholemodule.*", "whole.anything(1)", "shopmodule.drop(1)"),
    "with a policy": ("allow({Shop: [('save', PosAllowPolicy(1, 'to'))]})", "Shop.save", "shop.save(1, OK)", "shop.save(1, '/elsewhere')"),
}


@pytest.mark.parametrize("kind", TOOLS)
def test_each_tool_that_the_docstring_lists_can_be_called(ns, run, tmp_path, kind, monkeypatch):
    "Given a way to allow, then what it lists runs, and what is like it and not listed is refused."
    program = "def count(n): return n\ndef drop(n): return n\ndef anything(n): return n"
    for name in ("shopmodule", "wholemodule"):
        module = types.ModuleType(name)
        exec(program, module.__dict__)
        monkeypatch.setitem(sys.modules, name, module)
    exec("class Shop:\n    def buy(self, n): return n\n    give = lambda self, n: n\n    def sell(self, n): return n\n"
         "    def save(self, n, to=None): return n\ndef one(n): return n\ndef two(n): return n\ndef other(n): return n\nshop = Shop()\n"
         "Shop.give.__qualname__ = 'Shop.give'; Shop.give.__name__ = 'give'", ns)
    ns.update(OK=str(tmp_path / "a"), whole=sys.modules["wholemodule"], shopmodule=sys.modules["shopmodule"])
    given, listed, works, refused = TOOLS[kind]
    pyrun2 = RunPython(g=ns, ok_dests=[str(tmp_path)])
    for code in (works, refused):
        with pytest.raises(PermissionError):
            run(pyrun2(code))
    exec(given, {**globals(), **ns})
    told = re.search("and besides: (.*)\\.", pyrun2.__doc__)[1].split(", ")
    assert listed in told
    assert run(pyrun2(works)) == 1
    with pytest.raises(PermissionError):
        run(pyrun2(refused))


def test_the_transformer_reports_violations():
    import ast
    transformer = SafeTransformer()
    transformer.visit(ast.parse("f.__globals__\nx.__subclasses__()"))
    assert len(transformer.errors) >= 2


def test_a_magic_for_ipython(ns, run):
    registered = {}
    shell = SimpleNamespace(user_ns=ns, register_magic_function=lambda f, kind, name: registered.update({name: f}))
    create_pyrun_magic(shell)
    assert run(registered["py"]("", "1+1")) == 2
    assert isinstance(registered["py"]("-o"), RunPython)


def test_refusals_say_what_and_how_to_permit_it(pyrun):
    with pytest.raises(Denied) as refusal:
        pyrun("os.system('touch spawned')")
    assert refusal.value.callable == "os.system"
    assert refusal.value.kind == "call" and refusal.value.reason and refusal.value.remedy


def test_the_config_file(tmp_path):
    import subprocess
    folder = tmp_path / "safepyrun"
    folder.mkdir()
    (folder / "config.py").write_text("@allow\ndef tool(): return 7\ndefault_ok_dests = [os.getcwd()]\n")
    program = ("import asyncio, safepyrun, sys\nr = safepyrun.RunPython(g={'__name__': '__main__'})\nprint(r.ok_dests)\n")
    environment = dict(os.environ, XDG_CONFIG_HOME=str(tmp_path), PYTHONPATH=os.pathsep.join(sys.path))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.stdout.strip() == repr([str(tmp_path)]), done.stderr
    (folder / "config.py").write_text("this is no python\n")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.stdout.strip() == "None" and "config.py failed" in done.stderr and "SyntaxError" in done.stderr
