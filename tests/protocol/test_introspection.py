"""Completion, inspection and is_complete over real sockets."""
import pytest

from test_cells import ANSI, Kernel

SETUP = '''
class Quiet:
    """A quiet class."""
    plain = 7
    def __init__(self, size, *, colour="red"):
        "Makes one."
        self.own = [1]
    @property
    def loud(self):
        calls.append("property")
        return self
    def __getattr__(self, name):
        calls.append(name)
        raise AttributeError(name)
    def __repr__(self):
        calls.append("repr")
        return "Q"
    def __len__(self):
        calls.append("len")
        return 1
    def method(self, a, b=2):
        """Does it."""
        return a
calls = []
quiet = Quiet(3)
d = {"alpha": 1, "be'ta": {"inner": 2}, 5: 6}
def func(first, /, second: int = 3, *rest, third="x") -> str:
    """Docs of func."""
    return first
ünïcode_name = 1
long_list = list(range(3))
import os
import json
'''


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    assert kernel.run(SETUP).reply["status"] == "ok"
    yield kernel
    kernel.stop()


def ask(kernel, reply_type, msg_id):
    reply = kernel.client.get_shell_msg(timeout=20)
    assert reply["msg_type"] == reply_type and reply["parent_header"]["msg_id"] == msg_id
    return reply["content"]


def complete(kernel, code, cursor=None):
    content = ask(kernel, "complete_reply", kernel.client.complete(code, cursor))
    assert content["status"] == "ok"
    return content


def inspect(kernel, code, cursor=None, detail=0):
    content = ask(kernel, "inspect_reply", kernel.client.inspect(code, cursor, detail))
    return ANSI.sub("", content["data"]["text/plain"]) if content["found"] else None


@pytest.mark.parametrize("code, expected, start", [
    ("zi", "zip", 0), ("im", "import", 0), ("x = long_", "long_list", 4), ("qui", "quiet", 0),
    ("quiet.", "method", 6), ("quiet.o", "own", 6), ("quiet.lo", "loud", 6), ("quiet.own.ap", "append", 10),
    ("Quiet.pl", "plain", 6), ("Quiet(1).me", "method", 9), ("'a'.up", "upper", 4), ("[].ap", "append", 3),
    ("os.path.jo", "join", 8), ("d['al", "alpha'", 3), ('d["be', "be'ta\"", 3), ('d["be\'ta"]["in', 'inner"', 12), ("d[", "'alpha'", 2), ("d[", "5", 2),
    ("import nu", "numbers", 7), ("from os import pa", "path", 15), ("import os.pa", "path", 10),
    ("from xml.e", "etree", 9), ("import js", "json", 7), ("from os im", "import ", 8),
    ("from os import (getc", "getcwd", 16), ("%ti", "%time", 0), ("%%ti", "%%timeit", 0),
    ("%timeit quiet.ow", "own", 14), ("func(sec", "second=", 5), ("func(1, th", "third=", 8),
    ("Quiet(col", "colour=", 6), ("quiet.method(", "b=", 13), ("f'{quiet.ow", "own", 9),
    ("open('/et", "/etc/", 6), ("!cat /et", "/etc/", 5), ("ünï", "ünïcode_name", 0),
    ("'𝒳'; long_", "long_list", 5), ("for i in range(3):\n    long_", "long_list", 23),
    ("(quiet\n .ow", "own", 9),
])
def test_completion(kernel, code, expected, start):
    content = complete(kernel, code)
    assert expected in content["matches"]
    assert content["cursor_start"] == start and content["cursor_end"] == len(code)


def test_a_keyword_or_builtin_alone(kernel):
    assert complete(kernel, "zi")["matches"] == ["zip"]


def test_import_behind_a_modules_name_has_its_blank(kernel):
    content = complete(kernel, "from sys imp")
    assert (content["matches"], content["cursor_start"], content["cursor_end"]) == (["import "], 9, 12)


def test_keyword_arguments_leave_out_positional_ones(kernel):
    assert "first=" not in complete(kernel, "func(")["matches"]


@pytest.mark.parametrize("code", ["quiet.loud.", "quiet.absent.", "1.", "# com", "nothing.", "import nothing_here.x"])
def test_nothing_to_offer(kernel, code):
    assert complete(kernel, code)["matches"] == []


def test_completion_in_the_middle(kernel):
    content = complete(kernel, "long_ + 1", 5)
    assert (content["matches"], content["cursor_start"], content["cursor_end"]) == (["long_list"], 0, 5)


def test_underscores_are_offered_when_asked_for(kernel):
    assert not any(m.startswith("_") for m in complete(kernel, "quiet.")["matches"])
    assert "__init__" in complete(kernel, "quiet._")["matches"]


def test_types_and_signatures(kernel):
    rows = complete(kernel, "fun")["metadata"]["_jupyter_types_experimental"]
    row, = (r for r in rows if r["text"] == "func")
    assert row == {"start": 0, "end": 3, "text": "func", "type": "function",
                   "signature": "(first, /, second=..., *rest, third=...)"}


@pytest.mark.parametrize("code, parts", [
    ("func", ["Signature: func(first, /, second: int = 3, *rest, third='x') -> str", "Docstring: Docs of func.",
              "Type:      function", "File:      Cell In["]),
    ("Quiet", ["Init signature: Quiet(size, *, colour='red')", "Docstring:      A quiet class.",
               "Init docstring: Makes one.", "Type:           type"]),
    ("quiet.method", ["quiet.method(a, b=2)", "Does it.", "method"]),
    ("long_list", ["Type:        list", "String form: [0, 1, 2]", "Length:      3"]),
    ("len", ["len(obj, /)", "builtin_function_or_method", "Return the number of items"]),
    ("quiet", ["Type:", "Quiet", "Quiet object at"]),
    ("os.path.join", ["join(a, *p)", "posixpath.py"]),
    ("%timeit", ["Usage:"]),
    ("func(1, ", ["Docs of func."]), ("func(1, 'abc", ["Docs of func."]), ("func?", ["Docs of func."]),
])
def test_inspection(kernel, code, parts):
    text = inspect(kernel, code)
    assert text and all(part in text for part in parts), text


def test_an_int_has_type_and_docstring(kernel):
    text = inspect(kernel, "ünïcode_name")
    assert "Type:" in text and "int" in text and "Docstring:" in text


def test_labels_are_coloured(kernel):
    content = ask(kernel, "inspect_reply", kernel.client.inspect("func"))
    assert "\x1b[31mSignature:\x1b[39m" in content["data"]["text/plain"]


@pytest.mark.parametrize("code", ["nothing", "quiet.absent", "", "1 +"])
def test_not_found(kernel, code):
    assert inspect(kernel, code) is None


def test_source(kernel):
    assert "return first" in inspect(kernel, "func", detail=1)
    assert "calls.append" in inspect(kernel, "Quiet", detail=1)
    assert "def dumps(obj, *" in inspect(kernel, "json.dumps", detail=1)


def test_the_name_under_the_cursor(kernel):
    assert "Docs of func." in inspect(kernel, "print(func, 1)", 8)
    assert "Prints" in inspect(kernel, "print(func, 1)", 2)


def test_no_user_code_has_run(kernel):
    for code in ("quiet.", "quiet.loud.", "quiet.x.y", "[quiet][0]."):
        complete(kernel, code)
    for code in ("quiet", "quiet.loud", "quiet.x"):
        inspect(kernel, code, detail=1)
    assert kernel.run("calls").plain == "[]"


@pytest.mark.parametrize("code, status, indent", [
    ("1", "complete", None), ("print('hello, world')", "complete", None), ("", "complete", None),
    ("def f(x):\n  return x*2\n\n\n", "complete", None), ("a = 1", "complete", None),
    ("1\\\n+2", "complete", None), ("%%timeit\na\n\n", "complete", None), ("%time 1", "complete", None),
    ("!ls", "complete", None), ("if True:\n    a=1\n", "complete", None), ("await x", "complete", None),
    ("x = '\\d'", "complete", None), ("len?", "complete", None), ("# note", "complete", None),
    ("if True:\n    a=1\n    ", "complete", None),
    ("print('''hello", "incomplete", ""), ("def f(x):\n  x*2", "incomplete", "  "),
    ("for a in range(5):", "incomplete", "    "), ("for a in range(5):\n    if a > 0:", "incomplete", " " * 8),
    ("a = [1,\n2,", "incomplete", ""), ("a = '''\n   hi", "incomplete", "   "), ("x = 1 + \\", "incomplete", ""),
    ("%%time\nx", "incomplete", ""), ("@wrap\n", "incomplete", ""), ("if True:\n    a=1", "incomplete", "    "),
    ("\\\r\n", "incomplete", ""), ("def f():\n  x=0\n  \\\n  ", "incomplete", "  "), ("try:\n    1\n", "incomplete", None),
    ("import = 7q", "invalid", None), ("\0", "invalid", None), ("raise = 2", "invalid", None), ("a \\ ", "invalid", None),
    ("def a():\n x=1\n global x", "invalid", None), (")", "invalid", None), ("x = 'abc", "invalid", None),
])
def test_is_complete(kernel, code, status, indent):
    content = ask(kernel, "is_complete_reply", kernel.client.is_complete(code))
    assert content["status"] == status
    if indent is not None:
        assert content["indent"] == indent


@pytest.mark.parametrize("code", ["?", "??", "%pinfo"])
def test_a_question_mark_alone_tells_what_there_is(kernel, code):
    reply = kernel.run(code).reply
    assert reply["status"] == "ok"
    page, = reply["payload"]
    assert page["source"] == "page" and "%lsmagic" in page["data"]["text/plain"] and "%ok_dests" in page["data"]["text/plain"]


def test_a_part_that_a_package_imports_when_it_is_asked_for_is_imported(start, tmp_path):
    """Given an installed package whose parts come on demand (sklearn), when `package.part.name?` is asked, then the part is
    imported as asking would; parts that are not there are not found, and a package of one's own is left alone."""
    for folder, name in (("site-packages", "lazily"), ("own", "mine")):
        package = tmp_path / folder / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "part.py").write_text("def f(a):\n    'What f does.'\n")
    raw = start()
    raw.run(f"import sys; sys.path[:0] = [{str(tmp_path / 'site-packages')!r}, {str(tmp_path / 'own')!r}]\nimport lazily, mine")
    found = raw.run("lazily.part.f?").reply["payload"][0]["data"]["text/plain"]
    assert "What f does." in found
    assert raw.run("lazily.other.f?").stream() == "Object `lazily.other.f` not found.\n"
    assert raw.run("mine.part.f?").stream() == "Object `mine.part.f` not found.\n"
    assert raw.run("'mine.part' in sys.modules, 'lazily.part' in sys.modules").plain == "(False, True)"
