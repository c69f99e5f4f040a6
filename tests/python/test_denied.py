"""A refusal says what was refused, of which kind, where, why, and what would permit it."""
import errno
import os
import pickle
import re
import sys
from pathlib import Path

import pytest

from safepyrun import AllowPolicy, Denied, RunPython, allow

ROOT = Path(__file__).parents[2]


class Foreign:
    "A class of the host."

    def __init__(self):
        self.value = 1

    def method(self):
        return self.value


def host_function(path=None, *, deep=False):
    "Does something."


class OnlyCsv(AllowPolicy):
    def __call__(self, obj, args, kwargs, ok_dests):
        raise PermissionError("only .csv")


def host_writer(path):
    "Writes."


allow((host_writer, OnlyCsv()))


@pytest.fixture
def refused(run, home):
    "Runs code that must be refused; gives the Denied."
    ns = {"__name__": "__main__", "os": os, "foreign": Foreign(), "host_function": host_function, "host_writer": host_writer,
          "Foreign": Foreign}

    def attempt(code):
        with pytest.raises(Denied) as refusal:
            run(RunPython(g=ns)(code))
        return refusal.value
    return attempt


CASES = [ # code, kind, callable, (lineno, col_offset), a word of the reason
    ("x = 1\ny = (os.unlink('x'))", "write", "os.unlink", (2, 5), "Dest 'x' not allowed"),
    ("é = os.system('true')", "call", "os.system", (1, 5), "program"),
    ("list(map(os.unlink, ['x']))", "write", "os.remove", (1, 0), "Dest 'x' not allowed"),
    ("@os.system\ndef f(): pass", "call", "os.system", (1, 1), "program"),
    ("def f():\n    return [os.kill(1, 9) for _ in 'a']\nf()", "call", "os.kill", (2, 12), ""),
    ("host_function()", "call", f"{__name__}.host_function", (1, 0), "not on the allowlist"),
    ("Foreign()", "call", f"{__name__}.Foreign", (1, 0), "not on the allowlist"),
    ("foreign.method()", "call", f"{__name__}.Foreign.method", (1, 0), "not on the allowlist"),
    ("eval('os.system(1)')", "call", "os.system", (1, 0), "program"),
    ("exec('1\\n1; os.system(1)')", "call", "os.system", (2, 3), "program"),
    ("breakpoint()", "call", "breakpoint", (1, 0), "debugger"),
    ("open('a', 'w')", "write", "open", (1, 0), "not allowed; permitted: []"),
    ("from pathlib import Path\nPath('a').write_text('')", "write", "pathlib.Path.write_text", (2, 0), "permitted"),
    ("os.mkdir('a')", "write", "os.mkdir", (1, 0), "permitted"),
    ("import sqlite3\nsqlite3.connect('a.db')", "write", "sqlite3.connect", (2, 0), "permitted"),
    ("host_writer('a.txt')", "write", f"{__name__}.host_writer", (1, 0), "only .csv"),
    ("os.environ['PATH'] = 'x'", "effect", "os.putenv", (1, 0), "obey"),
    ("os.added = 3", "store", "os", (1, 0), "not yours"),
    ("foreign.value = 3", "store", "Foreign object", (1, 0), "not yours"),
    ("setattr(foreign, 'value', 3)", "store", "Foreign object", (1, 0), "not yours"),
    ("del os.path", "store", "os", (1, 4), "not yours"),
    ("for os.added in 'ab': pass", "store", "os", (1, 4), "not yours"),
    ("import sys\nsys.modules['os'] = 1", "store", "dict object", (2, 0), "not yours"),
    ("host_function.__globals__", "reflect", "__globals__", (1, 0), "variables"),
    ("getattr(host_function, '__glo' + 'bals__')", "reflect", "__globals__", (1, 0), "variables"),
    ("'{0.__globals__}'.format(1)", "reflect", "str.format", (1, 0), ""),
]


@pytest.mark.parametrize("code, kind, name, place, reason", CASES, ids=[case[0] for case in CASES])
def test_every_refusal_says_what_where_and_why(refused, code, kind, name, place, reason):
    refusal = refused(code)
    assert (refusal.kind, refusal.callable) == (kind, name)
    assert (refusal.lineno, refusal.col_offset) == place
    assert reason in refusal.reason
    assert isinstance(refusal, PermissionError) and refusal.errno == errno.EACCES


@pytest.mark.parametrize("code, remedy", [
    ("os.system('x')", "allow('os.system')"),
    ("list(map(os.system, 'x'))", "allow('os.system')"),
    ("os.unlink('/etc/x')", "RunPython(ok_dests=['/etc'])"),
    ("host_function()", f"allow('{__name__}.host_function')"),
    ("foreign.value = 3", f"allow_write_types({__name__}.Foreign)"),
    ("open('/etc/evil.txt', 'w')", "RunPython(ok_dests=['/etc'])"),
    ("open('/evil.txt', 'w')", "RunPython(ok_dests=['/'])"),
    ("os.mkdir('/usr/../etc/b')", "RunPython(ok_dests=['/etc/b'])"),
    ("os.environ['PATH'] = 'x'", "a function of your own that does it, and allow(function)"),
])
def test_the_remedy_is_the_call_that_would_permit_it(refused, code, remedy):
    refusal = refused(code)
    assert refusal.remedy == remedy
    assert refusal.kind == "write" or remedy in str(refusal)


def test_the_remedies_work(run, home, monkeypatch):
    import types
    module = types.ModuleType("hosts_module")
    exec("def work(): return 5\nclass Thing: pass", vars(module))
    module.work.__module__ = module.Thing.__module__ = "hosts_module"
    monkeypatch.setitem(sys.modules, "hosts_module", module)
    names = {"allow": allow, "RunPython": RunPython, "hosts_module": module}
    from safepyrun import allow_write_types
    names["allow_write_types"] = allow_write_types
    runner = RunPython(g={"hosts_module": module, "thing": module.Thing()})
    for code, value in (("hosts_module.work()", 5), ("thing.x = 1\nthing.x", 1)):
        with pytest.raises(Denied) as refusal:
            run(runner(code))
        eval(refusal.value.remedy, names)
        assert run(runner(code)) == value
    with pytest.raises(Denied) as refusal:
        run(runner(f"open({str(home / 'a')!r}, 'w').write('abc')"))
    assert run(eval(refusal.value.remedy, names)(f"open({str(home / 'a')!r}, 'w').write('abc')")) == 3


def test_a_validation_error_lists_every_violation(refused):
    refusal = refused("a = 1\nb = f.__globals__\nmatch b:\n    case object(__code__=c): pass\n(lambda: x.__subclasses__())()")
    assert [row[:3] for row in refusal.violations] \
        == [(2, 4, "__globals__"), (4, 9, "__code__"), (5, 9, "__subclasses__")]
    assert len(str(refusal).splitlines()) == 3 and "line 5, column 9: __subclasses__" in str(refusal)
    assert (refusal.lineno, refusal.col_offset, refusal.kind) == (2, 4, "reflect")


def test_nothing_runs_when_there_is_a_violation(run):
    ns = {}
    with pytest.raises(Denied):
        run(RunPython(g=ns)("ran = True\nlen.__globals__"))
    assert "ran" not in ns


def test_the_position_is_in_the_cell_that_did_it_not_in_the_library(refused):
    refusal = refused("import json\n\nclass P(str):\n    def __str__(self): return os.system('x')\n\njson.dumps({1: 2}, default=str)\nstr(P())")
    assert (refusal.lineno, refusal.col_offset, refusal.end_lineno) == (4, 30, 4)


def test_a_policy_that_refuses_is_the_cause(refused):
    refusal = refused("host_writer('a.txt')")
    assert str(refusal) == "only .csv" and type(refusal.__cause__) is PermissionError


def test_code_can_catch_it_and_go_on(run, home):
    code = "try:\n    os.unlink('x')\nexcept PermissionError as e:\n    seen = type(e).__name__, e.kind, e.callable, e.lineno\nseen"
    assert run(RunPython(g={"os": os})(code)) == ("Denied", "write", "os.unlink", 2)


def test_outside_of_a_sandbox_there_is_no_position(tmp_path):
    from safepyrun import chk_dest
    with pytest.raises(Denied) as refusal:
        chk_dest("/etc/x", [str(tmp_path)])
    assert refusal.value.lineno is None and refusal.value.violations == () and refusal.value.kind == "write"


# ---- looking at what is denied --------------------------------------------------------------------------------------------

@pytest.fixture
def look(run, home):
    ns = {"__name__": "__main__", "os": os, "host_function": host_function, "Foreign": Foreign, "foreign": Foreign()}
    return lambda code: run(RunPython(g=ns)("import inspect, types, shutil\n" + code))


@pytest.mark.parametrize("code, value", [
    ("repr(os.unlink)", repr(os.unlink)),
    ("str(host_function)", str(host_function)),
    ("os.unlink.__name__, os.unlink.__qualname__, os.unlink.__module__", ("unlink", "unlink", "posix")),
    ("os.unlink.__doc__", os.unlink.__doc__),
    ("host_function.__doc__", "Does something."),
    ("inspect.getdoc(host_function)", "Does something."),
    ("str(inspect.signature(host_function))", "(path=None, *, deep=False)"),
    ("str(inspect.signature(os.unlink))", "(path, *, dir_fd=None)"),
    ("f = host_function\nstr(inspect.signature(f)), f.__defaults__", ("(path=None, *, deep=False)", (None,))),
    ("type(os.unlink) is types.BuiltinFunctionType, isinstance(os.unlink, types.BuiltinFunctionType)", (True, True)),
    ("callable(os.unlink), inspect.isbuiltin(os.unlink), inspect.isfunction(host_function)", (True, True, True)),
    ("os.unlink is os.unlink, os.unlink == os.unlink, os.unlink != os.remove", (True, True, True)),
    ("{os.unlink: 1}[os.unlink], os.unlink in [os.unlink]", (1, True)),
    ("f = shutil.rmtree\nf.__name__, f is shutil.rmtree, hash(f) == hash(shutil.rmtree)", ("rmtree", True, True)),
    ("Foreign.__doc__, Foreign.__name__", ("A class of the host.", "Foreign")),
    ("foreign.method.__name__", "method"),
    ("isinstance(foreign, Foreign)", True),
    ("'unlink' in dir(os)", True),
])
def test_denied_callables_can_be_printed_and_inspected(look, code, value):
    assert look(code) == value


def test_the_source_of_a_denied_function_can_be_read(look):
    assert look("f = shutil.copytree\ninspect.getsource(f)").startswith("def copytree(src, dst")
    assert look("inspect.getsource(host_function)").startswith("def host_function(path=None")
    with pytest.raises(Denied):
        look("getattr(shutil.copytree, '__co' + 'de__')")


def test_a_denied_function_is_documented_by_help(look, capsys):
    look("help(host_function)")
    assert "Does something." in capsys.readouterr().out


def test_a_refusal_can_be_pickled(refused):
    again = pickle.loads(pickle.dumps(refused("os.unlink('x')")))
    assert isinstance(again, Denied) and again.callable == "os.unlink" and again.lineno == 1


@pytest.mark.parametrize("code, rule, words", [
    ("os.system('true')", r"policies/stdlib\.toml: os\.system", None),
    ("host_function()", r"sandbox/guards/calls\.c:(\d+)", "not on the allowlist"),
    ("os.dup2(1, 2)", r"policies/\w+\.toml: .*|sandbox/\w+/\w+\.c:\d+", None),
    ("__import__('socket').socket().bind(('', 0))", r"policies/\w+\.toml: .*|sandbox/\w+/\w+\.c:\d+", None),
    ("f = os.unlink.__globals__", r"sandbox/gate/refusal\.c:(\d+)", None),
])
def test_a_refusal_tells_the_place_of_its_rule(refused, code, rule, words):
    refusal = refused(code)
    found = re.fullmatch(rule, refusal.rule)
    assert found, refusal.rule
    if words:
        path, line = refusal.rule.split(":")
        assert words in (ROOT / path).read_text().splitlines()[int(line) - 1]
