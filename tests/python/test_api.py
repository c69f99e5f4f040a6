"""The public names, their parameters and defaults, and what each does beyond the examples."""
import ast
import asyncio
import gc
import inspect
import itertools
import linecache
import os
import subprocess
import sys
import types
from pathlib import Path
from types import SimpleNamespace

import pytest

import safepyrun
from safepyrun import (AllowPolicy, Denied, OpenWritePolicy, PathWritePolicy, PosAllowPolicy, RunPython, SafeTransformer, UNSET,
                       __llmtools__, __pytools__, _AllowChecked, _find_frame_dict, allow, allow_write, allow_write_types, chk_dest,
                       create_pyrun_magic, find_var, should_export, srcfn)


@pytest.fixture
def ns():
    return {"__name__": "__main__", "os": os, "Path": Path}


@pytest.fixture
def pyrun(ns, run):
    runner = RunPython(g=ns)
    return lambda code: run(runner(code))


# ---- names and parameters ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [
    "AllowPolicy", "Denied", "OpenWritePolicy", "PathWritePolicy", "PosAllowPolicy", "PosWritePolicy", "RunPython",
    "SafeTransformer", "UNSET", "WritePolicy", "allow", "allow_matplotlib", "allow_write", "allow_write_types", "before_deny",
    "chk_dest", "create_pyrun_magic", "find_var", "on_call", "should_export", "srcfn", "_AllowChecked", "_find_frame_dict"])
def test_a_star_import_gives_every_name(name):
    names = {}
    exec("from safepyrun import *", names)
    assert names[name] is getattr(safepyrun, name)


@pytest.mark.parametrize("function, parameters", [
    (RunPython.__init__, "(self, g=None, sentinel=None, ok_dests=UNSET, *, on_call=None, before_deny=None, data=None, ok_hosts=None)"),
    (find_var, "(var)"),
    (should_export, "(k, v, g)"),
    (srcfn, "(src)"),
    (SafeTransformer.__init__, "(self, errors=None, warnings=None, used_names=None)"),
    (safepyrun.on_call, "(caller, callee, fn, code, off, data)"),
    (safepyrun.before_deny, "(event, args, frame, msg, data)"),
    (create_pyrun_magic, "(shell=None, pyrun=None)"),
    (safepyrun.allow_matplotlib, "()"),
    (allow, "(*c, allow_policy=None)"),
    (chk_dest, "(p, ok_dests)"),
    (_AllowChecked.__init__, "(self, obj, method, policy, ok_dests)"),
    (PosAllowPolicy.__init__, "(self, pos=0, kw=None)"),
    (PathWritePolicy.__init__, "(self, target_pos=None, target_kw=None)"),
])
def test_parameters_and_defaults(function, parameters):
    signature = inspect.signature(function)
    bare = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()]
    assert str(signature.replace(parameters=bare, return_annotation=signature.empty)) == parameters


def test_unset_is_false_and_says_its_name():
    assert not UNSET and repr(UNSET) == "UNSET"


# ---- namespaces ---------------------------------------------------------------------------------------------------------

def elsewhere(source, **names):
    "Evaluate in a namespace of its own, as a caller in another module."
    return eval(source, names)


def test_the_namespace_is_the_callers(run):
    names = {"__name__": "notebook", "RunPython": RunPython, "x": 20}
    runner = eval("RunPython()", names)
    assert runner.g is names and run(runner("y = x + 1\ny")) == 21 and names["y"] == 21


def test_the_namespace_is_the_one_with_the_sentinel():
    names = {"__name__": "notebook", "RunPython": RunPython, "inner": lambda: RunPython(sentinel="here_it_is")}
    names["here_it_is"] = 1
    assert eval("inner()", names).g is names


def test_without_a_frame_that_has_it_the_modules_own():
    assert _find_frame_dict("no_such_sentinel") is vars(safepyrun.core)


def test_find_var_looks_outward():
    assert elsewhere("f()", f=lambda: find_var("only_there"), only_there=5) == 5
    assert find_var("no_such_variable") is None


def test_the_namespace_need_have_nothing(run):
    runner = RunPython(g={})
    assert run(runner("from collections import namedtuple\nP = namedtuple('P', 'x y')\nP(1, 2).y")) == 2
    assert run(runner("import dataclasses\n@dataclasses.dataclass\nclass C:\n    x: int = 3\nC().x")) == 3


# ---- results and errors ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code, value", [
    ("", None), ("# nothing", None), ("x = 3", None), ("x = 3\nx;", 3), ("'doc'", "doc"), ("if 1:\n    5", None),
    ("await asyncio.sleep(0, 7)", 7), ("[await asyncio.sleep(0, i) for i in range(2)]", [0, 1]),
    ("async with lock:\n    x = 1\nx", 1), ("(x := 4) + x", 8), ("def f(): return g\nlen(f())", 2), ("None", None),
    ("x = yielded = [i async for i in agen()]\nx", [1, 2]), ("f'{1+1=}'", "1+1=2"),
])
def test_results(run, code, value):
    async def agen():
        yield 1
        yield 2
    allow(agen)

    async def main():
        names = {"asyncio": asyncio, "lock": asyncio.Lock(), "agen": agen, "g": "ab"}
        return await RunPython(g=names)(code)
    assert run(main()) == value


def test_errors_are_pythons_own(pyrun):
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        pyrun("def f(): return 1/0\nf()")
    with pytest.raises(SyntaxError) as error:
        pyrun("a = 1\nb = = 2")
    assert error.value.lineno == 2 and error.value.filename.startswith("<pyrun_")
    with pytest.raises(NameError, match="name 'nope' is not defined"):
        pyrun("nope")


def test_a_traceback_begins_in_the_code_that_was_run(pyrun):
    import traceback
    with pytest.raises(KeyError) as error:
        pyrun("def look(d):\n    return d['key']\n\nlook({})")
    frames = traceback.extract_tb(error.value.__traceback__)
    inside = [f for f in frames if f.filename.startswith("<pyrun_")]
    assert [(f.lineno, f.name, f.line) for f in inside] == [(4, "<module>", "look({})"), (2, "look", "return d['key']")]


def test_what_was_assigned_before_an_error_is_there(ns, pyrun):
    with pytest.raises(ZeroDivisionError):
        pyrun("seen = 1\n1/0")
    assert ns["seen"] == 1


def test_runs_can_go_on_at_the_same_time(ns):
    async def main():
        runner = RunPython(g=ns)
        return await asyncio.gather(*(runner(f"import asyncio\nawait asyncio.sleep(0.01 * {3 - i})\n{i}") for i in range(3)))
    assert asyncio.run(main()) == [0, 1, 2]


def test_a_run_can_be_cancelled_and_the_next_goes_on(ns):
    async def main():
        runner = RunPython(g=ns)
        task = asyncio.create_task(runner("import asyncio\nbefore = 1\nawait asyncio.sleep(100)"))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await runner("before + 1")
    assert asyncio.run(main()) == 2


def test_sources_are_kept_for_inspection(ns, pyrun):
    pyrun("class A:\n    def m(self):\n        return 'source'\n")
    assert inspect.getsource(ns["A"].m) == "    def m(self):\n        return 'source'\n"
    assert linecache.getline(srcfn("first\nsecond"), 2) == "second"


# ---- exports --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("before, code, after", [
    ({}, "x = 1", {"x": 1}),
    ({"x": 1}, "x = 2", {"x": 2}),
    ({"x": 1}, "x += 1", {"x": 2}),
    ({"x": 1}, "del x", {}),
    ({"x": 1}, "def x(): pass", {"x": 1}),
    ({"x": 1}, "class x: pass", {"x": 1}),
    ({"x": 1}, "import math as x", {"x": 1}),
    ({"x": 1}, "from math import pi as x", {"x": 3.141592653589793}),
    ({"x": 1}, "x = lambda: 0", {"x": 1}),
    ({"x": len}, "del x", {"x": len}),
    ({"x": len}, "x = 5", {"x": 5}),
    ({"x_": 1}, "x_ = len", {"x_": len}),
    ({}, "_x = 1; __x = 2; _x_ = 3", {}),
    ({"_x": 1}, "_x = 2", {"_x": 1}),
    ({}, "for i in range(3): j = i", {"i": 2, "j": 2}),
    ({}, "with_type: int = 4", {"with_type": 4}),
])
def test_what_is_exported(run, before, code, after):
    names = dict(before)
    run(RunPython(g=names)(code))
    names = {k: v for k, v in names.items() if k not in ("__builtins__", "__name__")}
    assert names == after


@pytest.mark.parametrize("code", ["def helper(): return 5", "class helper:\n    def __init__(self): pass", "helper = lambda: 5",
                                  "import functools\nhelper = functools.partial(lambda: 5)"])
def test_an_exported_callable_needs_allow_in_the_next_run(ns, pyrun, code):
    pyrun(code + "\nhelper()")
    with pytest.raises(Denied):
        pyrun("helper()")
    with pytest.raises(Denied):
        pyrun("list(map(helper, [])) or helper()")


def test_an_exported_class_makes_instances_again_when_allowed(ns, pyrun):
    pyrun("class Box:\n    def __init__(self): self.size = 3\nbox = Box()")
    with pytest.raises(Denied):
        pyrun("Box()")
    allow(ns["Box"])
    assert type(pyrun("Box()")).__name__ == "Box"


# ---- allow ----------------------------------------------------------------------------------------------------------------

numbers = itertools.count()


@pytest.fixture
def library(monkeypatch):
    "A module of the host's with a function, a class and nothing allowed; its name is its own, for grants stay."
    module = types.ModuleType(f"hosts_library_{next(numbers)}")
    exec("def work(x=1): return x + 1\n"
         "class Tool:\n"
         "    def run(self): return 'ran'\n"
         "    @staticmethod\n    def make(): return 'made'\n"
         "    @classmethod\n    def name(cls): return cls.__name__\n"
         "    def __init__(self, size=3): self.size = size\n"
         "def write(dest, text='hi'):\n    open(dest, 'w').write(text)\n    return len(text)\n", vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


@pytest.mark.parametrize("give, code, value", [
    (lambda m: m.work, "hosts_library.work(2)", 3),
    (lambda m: f"{m.__name__}.work", "hosts_library.work(2)", 3),
    (lambda m: {m: ["work"]}, "hosts_library.work(2)", 3),
    (lambda m: {m: "work"}, "hosts_library.work(2)", 3),
    (lambda m: {m: ...}, "hosts_library.work(2) + hosts_library.Tool().size", 6),
    (lambda m: {m: [...]}, "hosts_library.work(2)", 3),
    (lambda m: {m.__name__: ["work"]}, "hosts_library.work(2)", 3),
    (lambda m: m.Tool, "hosts_library.Tool(9).size", 9),
    (lambda m: {m.Tool: ["run"]}, "hosts_library.Tool().run()", "ran"),
    (lambda m: {m.Tool: ["make", "name"]}, "hosts_library.Tool.make(), hosts_library.Tool().name()", ("made", "Tool")),
    (lambda m: m.Tool.run, "tool.run()", "ran"),
    (lambda m: "Tool.run", "tool.run()", "ran"),
    (lambda m: f"{m.__name__}.Tool.run", "tool.run()", "ran"),
    (lambda m: {m.Tool: ["run", ...]}, "tool.run()", "ran"),
])
def test_forms_of_allow(run, library, give, code, value):
    names = {"hosts_library": library, "tool": library.Tool()}
    runner = RunPython(g=names)
    with pytest.raises(Denied):
        run(runner(code))
    allow(give(library))
    assert run(runner(code)) == value


def test_allow_gives_back_what_it_decorates(library):
    assert allow(library.work) is library.work
    assert allow(f"{library.__name__}.work", library.Tool) is library.Tool
    assert allow("a_name") is None


@pytest.mark.parametrize("give", [
    lambda m, policy: (m.write, policy),
    lambda m, policy: (f"{m.__name__}.write", policy),
    lambda m, policy: {m: [("write", policy)]},
    lambda m, policy: {m.write: policy},
    lambda m, policy: {f"{m.__name__}.write": policy},
])
def test_forms_of_allow_with_a_policy(run, library, tmp_path, give):
    allow(give(library, PosAllowPolicy(0, "dest")))
    runner = RunPython(g={"hosts_library": library}, ok_dests=[str(tmp_path)])
    place = tmp_path / "a.txt"
    assert run(runner(f"hosts_library.write({str(place)!r})")) == 2
    assert run(runner(f"hosts_library.write(dest={str(place)!r}, text='abc')")) == 3
    for code in (f"hosts_library.write({str(tmp_path.parent / 'b')!r})", f"hosts_library.write(dest={str(tmp_path.parent / 'b')!r})"):
        with pytest.raises(PermissionError, match="not allowed; permitted"):
            run(runner(code))
    assert not (tmp_path.parent / "b").exists() and place.read_text() == "abc"


def test_allow_policy_is_for_all_that_name_none(run, library, tmp_path):
    allow({library: ["write"]}, allow_policy=PosAllowPolicy(0, "dest"))
    runner = RunPython(g={"hosts_library": library}, ok_dests=[str(tmp_path)])
    with pytest.raises(PermissionError):
        run(runner(f"hosts_library.write({str(tmp_path.parent / 'b')!r})"))
    assert run(runner(f"hosts_library.write({str(tmp_path / 'b')!r})")) == 2


def test_allow_write_takes_names_of_methods(run, library, tmp_path):
    exec("class Frame:\n    def to_text(self, dest):\n        open(dest, 'w').write('x')\n        return 1\n", vars(library))
    allow_write({"Frame.to_text": PosAllowPolicy(0, "dest")})
    runner = RunPython(g={"frame": library.Frame()}, ok_dests=[str(tmp_path)])
    assert run(runner(f"frame.to_text({str(tmp_path / 'a')!r})")) == 1
    with pytest.raises(PermissionError):
        run(runner(f"frame.to_text({str(tmp_path.parent / 'b')!r})"))
    assert not (tmp_path.parent / "b").exists()


def test_a_policy_for_a_method_that_a_pack_knows(run, tmp_path):
    class OnlyText(AllowPolicy):
        def __call__(self, obj, args, kwargs, ok_dests):
            chk_dest(obj, ok_dests)
            if obj.suffix != ".txt":
                raise PermissionError(f"{obj.suffix!r} not allowed")
    allow({Path: [("write_bytes", OnlyText())]})
    runner = RunPython(g={"Path": Path}, ok_dests=[str(tmp_path)])
    assert run(runner(f"Path({str(tmp_path / 'a.txt')!r}).write_bytes(b'abc')")) == 3
    with pytest.raises(PermissionError, match="'.sh' not allowed"):
        run(runner(f"Path({str(tmp_path / 'a.sh')!r}).write_bytes(b'abc')"))
    with pytest.raises(PermissionError, match="not allowed; permitted"):
        run(runner(f"Path({str(tmp_path.parent / 'a.txt')!r}).write_bytes(b'abc')"))
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("wrong", [3, None, object(), [print], (1, 2, 3), b"len"])
def test_allow_refuses_what_it_cannot_allow(wrong):
    with pytest.raises(TypeError):
        allow(wrong)


def test_the_lists_of_tools_tell_what_was_allowed(library):
    policy = PosAllowPolicy(0, "dest")
    allow(library.work, "some.dotted.name", {library.Tool: ["run", ("make", policy)]})
    assert {"work", "some.dotted.name"} <= __llmtools__
    assert {"run", ("make", policy)} <= __pytools__[library.Tool]
    doc = RunPython(g={}).__doc__
    assert all(name in doc for name in ("work", "some.dotted.name", "Tool.run", "Tool.make"))


def test_what_is_allowed_by_name_waits_for_the_hosts_function(run):
    names = {}
    runner = RunPython(g=names)
    allow("comes_later")
    with pytest.raises(NameError):
        run(runner("comes_later()"))
    exec("def comes_later(): return 'came'", names)
    assert run(runner("comes_later()")) == "came"


@pytest.mark.parametrize("code", [
    "awaited_name = open",
    "awaited_name = Popen",
    "import functools\nawaited_name = functools.partial(open)",
    "from subprocess import Popen as awaited_name",
    "class awaited_name:\n    pass\nawaited_name.make = open",
    "awaited_name_ = open",
])
def test_a_name_that_is_waited_for_is_not_what_a_sandbox_puts_there(run, home, code):
    allow("awaited_name", "awaited_name.make", "awaited_name_")
    runner = RunPython(g={"Popen": subprocess.Popen})
    run(runner(code))
    for call in ("awaited_name('made', 'w')", "awaited_name(['touch', 'made'])", "awaited_name.make('made', 'w')",
                 "awaited_name_('made', 'w')"):
        with pytest.raises((PermissionError, NameError, AttributeError, TypeError)):
            run(runner(call))
    assert os.listdir(home) == []


def test_stores_need_allow_write_types(run):
    class Settings:
        colour = "red"
    runner = RunPython(g={"settings": Settings()})
    with pytest.raises(Denied):
        run(runner("settings.colour = 'blue'"))
    allow_write_types(Settings)
    assert run(runner("settings.colour = 'blue'\nsettings.colour")) == "blue"
    with pytest.raises(TypeError, match="takes classes"):
        allow_write_types(3)


def test_what_is_allowed_has_the_rights_of_the_host_and_its_caller_has_not(run, library, home):
    allow(library.write)
    runner = RunPython(g={"hosts_library": library})
    assert run(runner("hosts_library.write('a.txt')")) == 2 and (home / "a.txt").read_text() == "hi"
    with pytest.raises(PermissionError):
        run(runner("open('b.txt', 'w')"))
    with pytest.raises(PermissionError):
        run(runner("class P:\n    def __fspath__(self):\n        open('b.txt', 'w')\n        return 'c.txt'\nhosts_library.write(P())"))
    assert not (home / "b.txt").exists()


# ---- ok_dests -------------------------------------------------------------------------------------------------------------

def test_ok_dests_are_copied_and_can_be_changed_by_the_host(run, home):
    dests = [str(home / "a")]
    for name in "ab":
        (home / name).mkdir()
    runner = RunPython(g={}, ok_dests=dests)
    dests.append(str(home))
    runner.ok_dests.append(str(home))
    assert runner.ok_dests == [str(home / "a")]
    with pytest.raises(PermissionError):
        run(runner("open('b/x', 'w')"))
    runner.ok_dests = [home / "b"]
    run(runner("open('b/x', 'w').close()"))
    with pytest.raises(PermissionError):
        run(runner("open('a/x', 'w')"))


@pytest.mark.parametrize("dests", [None, [], ()])
def test_nothing_permits_nothing(run, home, dests):
    with pytest.raises(PermissionError, match=r"Dest 'a' not allowed; permitted: \[\]"):
        run(RunPython(g={}, ok_dests=dests)("open('a', 'w')"))
    assert os.listdir(home) == []


@pytest.mark.parametrize("dests", ["/tmp", b"/tmp", 3, [3]])
def test_ok_dests_is_a_list_of_directories(dests):
    with pytest.raises(TypeError):
        RunPython(g={}, ok_dests=dests)


# ---- SafeTransformer, the magic -------------------------------------------------------------------------------------------

def test_the_transformer_collects_and_changes_nothing():
    errors, warned, names = [], [], {}
    tree = ast.parse("a = b + b\nprint(a.__globals__)")
    before = ast.dump(tree)
    assert SafeTransformer(errors, warned, names).visit(tree) is tree and ast.dump(tree) == before
    assert len(errors) == 1 and "__globals__" in errors[0] and warned == []
    assert names == {"a": 2, "b": 2, "print": 1}
    assert issubclass(SafeTransformer, ast.NodeTransformer)
    assert SafeTransformer().errors == []


@pytest.fixture
def shell(ns):
    magics = {}
    return SimpleNamespace(user_ns=ns, magics=magics,
                           register_magic_function=lambda f, kind, name: magics.update({name: (f, kind)}))


def test_the_magic_runs_a_cell(shell, run):
    mine = RunPython(g={"x": 5})
    create_pyrun_magic(shell, mine)
    py, kind = shell.magics["py"]
    assert kind == "line_cell" and py("-o") is mine and py("", None) is None
    assert run(py("", "x + 1")) == 6


def test_load_ext_gives_the_names(shell, run):
    safepyrun.load_ipython_extension(shell)
    assert shell.user_ns["allow"] is allow and shell.user_ns["pyrun"].g is shell.user_ns
    assert shell.magics["py"][0]("-o") is shell.user_ns["pyrun"]


# ---- the config file ------------------------------------------------------------------------------------------------------

@pytest.fixture
def configured(tmp_path):
    "Runs a program in a Python whose config.py is the given one; gives its output and its errors."
    def attempt(config, program):
        (tmp_path / "safepyrun").mkdir(exist_ok=True)
        (tmp_path / "safepyrun" / "config.py").write_text(config)
        environment = dict(os.environ, XDG_CONFIG_HOME=str(tmp_path), PYTHONPATH=os.pathsep.join(sys.path))
        prelude = ("import asyncio, safepyrun\nfrom safepyrun import *\n"
                   "def go(code, **options): return asyncio.run(RunPython(g={}, **options)(code))\n")
        return subprocess.run([sys.executable, "-W", "always", "-c", prelude + program], capture_output=True, text=True,
                              env=environment, cwd=tmp_path)
    return attempt


@pytest.mark.parametrize("config, program, output", [
    ("allow({shutil.disk_usage: PosAllowPolicy(0)})", "print(safepyrun.core.allow is allow)", "True"),
    ("@allow\ndef tool(): return 7", "print('tool' in RunPython.__doc__)", "True"),
    ("allow({fractions.Fraction: ['limit_denominator']})", "print(len(safepyrun.__pytools__) > 0)", "True"),
    ("default_ok_dests = ['/somewhere']", "print(RunPython(g={}).ok_dests, RunPython(g={}, ok_dests=None).ok_dests)",
     "['/somewhere'] None"),
    ("def before_deny(event, args, frame, msg, data): return event == 'call' and args[0] is os.mkdir",
     "go('import os\\nos.mkdir(\"made\")')\nimport os\nprint(os.path.isdir('made'))", "True"),
    ("seen = []\ndef on_call(caller, callee, fn, code, off, data): print(callee)", "go('abs(-1)')", "abs"),
    ("allow_write({'DataFrame.to_csv': PosWritePolicy(0, 'path_or_buf')})", "print('DataFrame.to_csv' in RunPython.__doc__)",
     "True"),
    ("class Mine(WritePolicy): pass\nallow_write_types(types.SimpleNamespace)", "print('loaded')", "loaded"),
])
def test_a_config(configured, config, program, output):
    done = configured(config, program)
    assert done.stdout.strip() == output and done.stderr == ""


@pytest.mark.parametrize("config, said", [
    ("this is no python", "SyntaxError"), ("1/0", "ZeroDivisionError"), ("no_such_name", "NameError"),
    ("import no_such_module", "ModuleNotFoundError"), ("allow(3)", "TypeError"), ("raise SystemExit", "SystemExit"),
])
def test_a_config_with_errors_is_a_warning_and_the_defaults_stay(configured, config, said):
    done = configured(config, "print(go('1+1'), RunPython(g={}).ok_dests)")
    assert done.stdout.strip() == "2 None" and done.returncode == 0
    assert "config.py failed" in done.stderr and said in done.stderr


# ---- hosts ---------------------------------------------------------------------------------------------------------------

@pytest.fixture
def echo():
    "A server on this machine that sends back what it gets; its port."
    import socket
    import threading
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.sendall(connection.recv(100))
    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    server.close()


TALK = "import socket\ns = socket.create_connection(('127.0.0.1', {port}), 5)\ns.sendall(b'hello')\nanswer = s.recv(100)\ns.close()\nanswer"


def test_a_host_that_is_named_is_reached_and_no_other(run, echo):
    for hosts in ([f"127.0.0.1:{echo}"], [f"localhost:{echo}"], ["127.0.0.1"]):
        assert run(RunPython(g={}, ok_hosts=hosts)(TALK.format(port=echo))) == b"hello"
    for hosts in (None, [], [f"127.0.0.1:{echo + 1}"], [f"127.0.0.2:{echo}"], ["[::1]"]):
        with pytest.raises(PermissionError, match=rf"no connection may be opened here; to permit it: RunPython\(ok_hosts=\['127.0.0.1:{echo}'\]\)"):
            run(RunPython(g={}, ok_hosts=hosts)(TALK.format(port=echo)))


def test_hosts_are_the_programs_to_name(run, echo):
    pyrun = RunPython(g={}, ok_hosts=["localhost"])
    assert pyrun.ok_hosts == ["localhost"]
    pyrun.g["pyrun"] = pyrun
    with pytest.raises((PermissionError, AttributeError)):
        run(pyrun("pyrun.ok_hosts = ['127.0.0.2']"))
    assert pyrun.ok_hosts == ["localhost"]
    pyrun.ok_hosts = []
    with pytest.raises(PermissionError):
        run(pyrun(TALK.format(port=echo)))
    for wrong in ("localhost", [3], ["a:b"], ["a:0"], ["a:70000"], ["/run/socket"], [""], 7):
        with pytest.raises((TypeError, ValueError)):
            RunPython(g={}, ok_hosts=wrong)


def test_functions_live_on_when_their_runpython_is_gone(run):
    "A program keeps a function and lets go of the rest: what it does with builtins and texts has no namespace to look into any more."
    namespace = {"__name__": "__main__"}
    run(RunPython(g=namespace)("""from unittest import mock
class Base: pass
def patched():
    with mock.patch('builtins.open') as opened:
        open('foo', 'r')
        return opened.called
def text():
    names = {}
    exec("class X: pass\\nclass Y(X): pass\\nn = len(X.__subclasses__())", names)
    try:
        return names["n"], eval("Base.__subclasses__()")
    except PermissionError:
        return names["n"]
def remove(path):
    __import__('os').remove(path)"""))
    patched, text, remove = (namespace[name] for name in ("patched", "text", "remove"))
    del namespace
    gc.collect()
    assert patched() is True and text() == 1
    with pytest.raises(Denied):
        remove(__file__)
    assert Path(__file__).exists()
