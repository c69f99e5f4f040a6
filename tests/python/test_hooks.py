"""on_call hears of calls, before_deny of refusals; neither is something that sandboxed code can bring along."""
import gc
import os
import sys
import weakref

import pytest

from safepyrun import Denied, RunPython, allow, before_deny, on_call


@pytest.fixture
def heard():
    return []


@pytest.fixture
def watched(heard, run):
    "Runs code; `heard` gets (caller, callee) of each call."
    def hear(caller, callee, fn, code, off, data):
        heard.append((caller, callee))
    runner = RunPython(g={"__name__": "__main__", "os": os}, on_call=hear)
    return lambda code: run(runner(code))


@pytest.fixture
def asked(run):
    "Runs code; `answers` says what before_deny answers, `questions` what it was asked."
    class Asked:
        def __init__(self):
            self.questions, self.answer = [], False
            self.runner = RunPython(g={"__name__": "__main__", "os": os}, before_deny=self.hook, data={"who": "me"})

        def hook(self, event, args, frame, msg, data):
            self.questions.append((event, args, frame.f_code.co_name, msg, data))
            return self.answer

        def __call__(self, code):
            return run(self.runner(code))
    return Asked()


# ---- on_call ------------------------------------------------------------------------------------------------------------

def test_each_call_is_told_with_caller_and_callee(watched, heard):
    assert watched("def f(x): return len(x)\nsorted([f('abc'), os.path.basename('a/b').upper()], key=str)") == [3, "B"]
    assert heard == [("<module>", "sorted"), ("<module>", "f"), ("f", "len"), ("<module>", "posixpath.basename"),
                     ("<module>", "str.upper")]


def test_the_callee_itself_its_code_and_place_are_told(run):
    told = []
    data = {"mine": 1}
    runner = RunPython(g={}, on_call=lambda *given: told.append(given), data=data, ok_dests=["x"])
    run(runner("abs(-1)"))
    (caller, callee, fn, code, off, got), = told
    assert fn is abs and code.co_name == "<module>" and 0 <= off < len(code.co_code)
    assert got == {"mine": 1, "ok_dests": ["x"]}


def test_a_function_with_a_policy_is_told_as_itself(run, tmp_path):
    told = []
    runner = RunPython(g={}, on_call=lambda caller, callee, fn, *more: told.append(fn), ok_dests=[str(tmp_path)])
    run(runner(f"open({str(tmp_path / 'a')!r}, 'w').close()"))
    assert told[0] is open and len(told) == 2


@pytest.mark.parametrize("answer", [False, pytest.param(
    "monitoring", marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12"))])
def test_a_place_can_be_silenced_until_the_next_run(run, answer):
    told = []

    def once(caller, callee, fn, code, off, data):
        told.append(callee)
        return sys.monitoring.DISABLE if answer == "monitoring" else answer
    runner = RunPython(g={}, on_call=once)
    code = "for i in range(5): abs(i)\nabs(7)"
    run(runner(code))
    assert told == ["range", "abs", "abs"]
    run(runner(code))
    assert told == ["range", "abs", "abs"] * 2


def test_what_the_hook_raises_ends_the_run(run):
    def no_len(caller, callee, fn, code, off, data):
        if fn is len:
            raise ValueError("no len here")
    ns = {}
    with pytest.raises(ValueError, match="no len here"):
        run(RunPython(g=ns, on_call=no_len)("a = abs(-1)\nb = len('x')"))
    assert ns["a"] == 1 and "b" not in ns


def test_the_hook_has_the_rights_of_the_host(run, tmp_path):
    place = tmp_path / "log"

    def log(caller, callee, fn, code, off, data):
        place.write_text(callee)
    run(RunPython(g={}, on_call=log)("abs(-1)"))
    assert place.read_text() == "abs"


def test_refused_calls_are_not_told_as_calls(watched, heard):
    with pytest.raises(Denied):
        watched("os.system('nothing')")
    assert heard == []


# ---- before_deny --------------------------------------------------------------------------------------------------------

def test_a_refusal_is_asked_for_and_stays(asked, home):
    (home / "victim").write_text("")
    with pytest.raises(Denied):
        asked("os.unlink('victim')")
    (event, args, where, msg, data), = asked.questions
    assert event == "call" and args == (os.unlink, ("victim",), None) and where == "<module>"
    assert "victim" in msg and data["who"] == "me" and "ok_dests" in data
    assert (home / "victim").exists()


@pytest.mark.parametrize("code, event", [
    ("os.unlink('victim')", "call"),
    ("list(map(os.unlink, ['victim']))", "os.remove"),
    ("os.rename('victim', 'elsewhere')", "call"),
    ("import shutil; shutil.move('victim', 'elsewhere')", "call"),
    ("class P:\n    def __fspath__(self): return 'victim'\nos.unlink(P())", "call"),
])
def test_a_true_answer_lets_it_pass_this_once(asked, home, code, event):
    (home / "victim").write_text("")
    asked.answer = True
    asked(code)
    assert not (home / "victim").exists()
    assert asked.questions[0][0] == event
    asked.answer = False
    with pytest.raises(PermissionError):
        asked("os.unlink('other')")


def test_an_effect_is_asked_for_by_its_audit_event(asked, home):
    asked.answer = True
    asked("list(map(os.mkdir, ['made']))")
    assert (home / "made").is_dir() and asked.questions[0][:2] == ("os.mkdir", ("made", 0o777, -1))


def test_a_store_is_asked_for(asked):
    asked.answer = True
    try:
        asked("os.added_by_a_test = 1")
        assert asked.questions[0][:2] == ("store", (os,)) and os.added_by_a_test == 1
    finally:
        del os.added_by_a_test
    asked.answer = False
    with pytest.raises(Denied):
        asked("os.added_by_a_test = 1")
    assert not hasattr(os, "added_by_a_test")


def test_a_write_to_another_place_is_asked_for(asked, home):
    with pytest.raises(PermissionError):
        asked("open('a', 'w')")
    assert asked.questions[0][1][1] == ("a", "w") and not (home / "a").exists()
    asked.answer = True
    asked("open('a', 'w').close()")
    assert (home / "a").exists()


def test_an_error_of_the_hook_takes_the_place_of_the_refusal(run, home):
    def broken(event, args, frame, msg, data):
        raise KeyError("broken hook")
    with pytest.raises(KeyError, match="broken hook"):
        run(RunPython(g={"os": os}, before_deny=broken)("os.mkdir('made')"))
    assert os.listdir(home) == []


def test_the_hook_judges_nothing_that_the_sandbox_permits(asked):
    assert asked("sum(range(4))") == 6 and asked.questions == []


def test_code_of_the_sandbox_that_a_hook_runs_is_still_judged(run, home):
    "The hook prints what it is given; its __repr__ is the sandbox's."
    def careless(event, args, frame, msg, data):
        repr(args)
    code = "class P:\n    def __repr__(self):\n        os.mkdir('made')\n        return 'p'\nlist(map(os.system, [P()]))"
    with pytest.raises(PermissionError):
        run(RunPython(g={"__name__": "__main__", "os": os}, before_deny=careless)(code))
    assert os.listdir(home) == []


# ---- nobody else's ------------------------------------------------------------------------------------------------------

def yes(*anything):
    return True


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("code", [
    "safepyrun.RunPython({'os': os}, None, ['.'])",
    "safepyrun.RunPython(g={}, before_deny=lambda *a: True)",
    "pyrun.__init__(None, None, ['.'])",
    "type(pyrun)(g={}, ok_dests=['.'])",
    "pyrun.before_deny = lambda *a: True",
    "pyrun._sandbox.set_hooks(None, lambda *a: True, {})",
    "pyrun._sandbox.ok_dests = ['.']",
    "setattr(pyrun._sandbox, 'ok_dests', ['.'])",
    "pyrun._sandbox.make_default()",
    "safepyrun.core.before_deny = lambda *a: True",
    "safepyrun.core.default_ok_dests = ['/']",
    "safepyrun.core._pending['os.mkdir'] = None",
    "safepyrun.core._wait_for_name('os.mkdir', None)",
    "list(map(safepyrun.core._wait_for_name, ['os.mkdir'], [None]))",
    "for state in list(vars(safepyrun.core).values()):\n    try: state.clear()\n    except Exception: pass",
    "pyrun.ok_dests.append('.')",
    "pyrun.ok_dests = ['.']",
    "RunPython = type(pyrun)\nRunPython.ok_dests.fset(pyrun, ['.'])",
    "list(map(safepyrun.allow, [os.mkdir]))",
    "import threading\nt = threading.Thread(target=safepyrun.allow, args=(os.mkdir,))\nt.start(); t.join()",
    "import _safepyrun\n_safepyrun.allow(os.mkdir, 'trusted')",
    "import _safepyrun\n_safepyrun.Sandbox({}, True)",
    "import _safepyrun\nlist(map(_safepyrun.allow, ['os.mkdir']))",
    "import _safepyrun\n_safepyrun.install('closed')",
])
def test_sandboxed_code_widens_nothing(run, home, code):
    import safepyrun
    ns = {"__name__": "__main__", "os": os, "safepyrun": safepyrun}
    ns["pyrun"] = pyrun = RunPython(g=ns)
    before = pyrun._sandbox.ok_dests, safepyrun.core.before_deny, safepyrun.core.default_ok_dests
    try:
        run(pyrun(code))
    except (PermissionError, AttributeError, TypeError):
        pass
    assert (pyrun._sandbox.ok_dests, safepyrun.core.before_deny, safepyrun.core.default_ok_dests) == before
    with pytest.raises(PermissionError):
        run(pyrun("os.mkdir('made')"))
    with pytest.raises(PermissionError):
        run(pyrun("open('made', 'w')"))
    assert os.listdir(home) == []


@pytest.mark.parametrize("name", ["_getattr_", "_write_", "_getitem_", "_print_", "__builtins__", "__import__", "on_call",
                                  "before_deny", "guard", "getattr", "open", "type"])
@pytest.mark.parametrize("kind", ["{name}, /", "{name}", "*, {name}", "*{name}", "**{name}"])
def test_parameters_named_as_hooks_change_nothing(run, home, name, kind):
    "No guard is found by name, so a parameter of any name and kind stands in front of none."
    code = (f"def f({kind.format(name=name)}):\n    os.mkdir('made')\n"
            f"def yes(*a, **k): return True\n"
            f"f({'**' if '**' in kind else ''}{{'{name}': yes}})" if "**" in kind else
            f"def f({kind.format(name=name)}):\n    os.mkdir('made')\n"
            f"def yes(*a, **k): return a[0] if a else True\n"
            f"f({name + '=' if kind == '*, {name}' else ''}yes)")
    with pytest.raises(PermissionError):
        run(RunPython(g={"os": os})(code))
    assert os.listdir(home) == []


def test_hooks_must_be_callable():
    with pytest.raises(TypeError, match="before_deny must be callable"):
        RunPython(g={}, before_deny=3)
    with pytest.raises(TypeError):
        RunPython({}, None, None, yes)


def test_the_hooks_of_the_module_do_nothing(run):
    assert on_call("a", "b", abs, None, 0, {}) is None and before_deny("call", (), None, "", {}) is None
    assert run(RunPython(g={}, on_call=on_call, before_deny=before_deny)("1+1")) == 2


def test_a_runner_in_its_own_namespace_is_collected(run):
    ns = {}
    ns["pyrun"] = RunPython(g=ns, before_deny=lambda *a: ns)
    run(ns["pyrun"]("def f(): return 1\nf()"))
    gone = weakref.ref(ns["pyrun"])
    del ns
    gc.collect()
    assert gone() is None
