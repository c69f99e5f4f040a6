"""Pieces of IPython that notebooks use: what each gives there."""
import json
import os
import subprocess

import pytest

from test_cells import ANSI


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place")
    (folder / "f.txt").write_text("hello world\ntwo\n")
    (folder / "x1.txt").write_text("\n".join(map(str, range(30))))
    (folder / "with space.csv").write_text("a,b\n1,2\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "deep.py").write_bytes(b"print(1)")
    (folder / ".hidden").write_text("")
    return folder


@pytest.fixture(scope="module")
def kernel(raw, folder):
    assert raw.run(f"%cd -q {folder}").reply["status"] == "ok"
    raw.run("def args(*a): return a")
    return raw


def ok(cell):
    assert cell.reply["status"] == "ok", ANSI.sub("", "\n".join(cell.reply.get("traceback", [])))
    return cell


# ---- how cells are read

@pytest.mark.parametrize("code, value", [
    ("/args 1", "(1,)"), ("/args 1 2", "(1, 2)"), (",args a b", "('a', 'b')"), (";args a b", "('a b',)"), ("/args", "()"),
    ("  /args 1", "(1,)"), ("x = (1\n/ 2)\nx", "0.5"), ("x = 8 \\\n/ 2\nx", "4.0"), ("'''\n/args 1\n'''", r"'\n/args 1\n'"),
])
def test_quick_calls(kernel, code, value):
    assert ok(kernel.run(code)).plain == value


@pytest.mark.parametrize("code", ["1 + 1\n;", "1 + 1\n; ", "x = [\n1]\n;"])
def test_a_lone_semicolon_silences(kernel, code):
    assert [t for t in ok(kernel.run(code)).types if t != "status"] == ["execute_input"]


def test_a_line_may_begin_with_a_magics_name(kernel, folder):
    assert ok(kernel.run("ls x*")).stream() == "x1.txt\n"
    assert ok(kernel.run("\ncat f.txt\n")).stream() == "hello world\ntwo\n"
    assert ok(kernel.run("pwd")).plain == repr(str(folder))


@pytest.mark.parametrize("code", ["ls\n1", "ls = 1", "ls == 1", "ls.x", "ls, x"])
def test_only_a_line_alone_that_is_no_assignment_is_a_magic(kernel, code):
    cell = kernel.run(code)
    assert cell.stream() == "" and (cell.reply["status"] == "ok" or cell.reply["ename"] == "NameError")
    kernel.run("globals().pop('ls', None);")


def test_a_name_of_the_users_is_no_magic(kernel):
    kernel.run("who = 'mine'")
    assert ok(kernel.run("who")).plain == "'mine'"
    kernel.run("del who")
    assert kernel.run("who").stream().strip()


def test_automagic_is_switched(kernel):
    assert "Automagic is OFF" in kernel.run("%automagic off").stream()
    assert kernel.run("ls x*").reply["ename"] == "SyntaxError"
    assert "Automagic is ON" in kernel.run("%automagic").stream()
    assert kernel.run("ls x*").stream() == "x1.txt\n"


def test_from_future_may_stand_behind_a_magic(kernel):
    ok(kernel.run("%time 1\nx = 3\nfrom __future__ import annotations\ndef f(a: nowhere): pass"))
    assert kernel.run("f.__annotations__").plain == "{'a': 'nowhere'}"


# ---- commands

COMMANDS = ["cat f.txt", "cat -n f.txt", "cat 'with space.csv' f.txt", "head -2 x1.txt", "head -n 3 x1.txt f.txt", "head x1.txt",
            "tail -1 f.txt", "tail x1.txt", "tail -n +29 x1.txt", "head -c 5 f.txt", "tail -c 4 f.txt", "wc f.txt", "wc -l f.txt",
            "wc f.txt x1.txt", "wc -l f.txt x1.txt", "cat f.txt | wc -l", "cat f.txt | wc", "cat x1.txt | head -3 | tail -1", "pwd",
            "echo hi  there", "echo -n x", "echo 'a  b' \"c\"", "echo x*", "echo nothing*", "echo \\*", "echo $HOME ${HOME}x", "ls",
            "ls x*.txt", "ls -a", "ls -1", "ls -l sub", "ls -la", "ls -lh f.txt", "ls sub f.txt", "ls -d sub", "ls -S f.txt x1.txt",
            "ls -r", "ls nothere", "cat nothere f.txt", "ls *.csv", "cat f.txt f.txt"]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_that_only_read_are_answered(kernel, folder, command):
    expected = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    output = ok(kernel.run(f"out = !{command}\nprint('\\n'.join(out))")).stream()
    assert sorted(output.rstrip("\n").split("\n")) == sorted((expected.stdout + expected.stderr).rstrip("\n").split("\n"))
    assert kernel.run("_exit_code != 0").plain == str(expected.returncode != 0)


def test_what_a_command_says_is_printed(kernel):
    assert kernel.run("!cat f.txt").stream() == "hello world\ntwo\n"
    assert kernel.run("!ls").stream() == "f.txt  sub  with space.csv  x1.txt\n"
    assert kernel.run("!cat nothere").stream("stderr") == "cat: nothere: No such file or directory\n"
    assert kernel.run("n = 2\n!head -{n} x1.txt").stream() == "0\n1\n"
    assert kernel.run("!file f.txt sub").stream() == "f.txt: ASCII text\nsub:   directory\n"
    assert kernel.run("import sys\n!python --version").stream().startswith("Python 3.")


@pytest.mark.parametrize("command", ["cat f.txt > g.txt", "ls; rm f.txt", "ls && rm f.txt", "rm f.txt", "ls --color", "cat `pwd`", "cat $(pwd)",
                                     "head -x f.txt", "ls | rm f.txt", "cat f.txt | tee g.txt", "ls & rm f.txt", "cat"])
def test_every_other_command_is_refused_as_before(kernel, folder, command):
    cell = kernel.run(f"!{command}")
    assert cell.reply["status"] == "error" and cell.reply["ename"] in ("Denied", "UsageError")
    assert not (folder / "g.txt").exists() and (folder / "f.txt").exists()


def test_pip_install_of_what_is_installed_says_so(kernel):
    assert "Requirement already satisfied: pytest>=1 in " in ok(kernel.run("%pip install 'pytest>=1'")).stream()
    assert ok(kernel.run("!pip install -q pytest pyzmq")).stream() == ""
    for code in ("%pip install 'pytest>999'", "%pip install no_such_package_there", "%pip install -U pytest", "!pip uninstall -y pytest"):
        assert kernel.run(code).reply["ename"] == "Denied"


def test_pip_tells_what_is_there(kernel, folder):
    lines = ok(kernel.run("%pip list")).stream().splitlines()
    assert lines[0].split() == ["Package", "Version"] and set(lines[1]) == {"-", " "}
    names = [line.split()[0].lower().replace("_", "-").replace(".", "-") for line in lines[2:]]
    assert "pytest" in names and names == sorted(names)
    frozen = ok(kernel.run("!pip freeze")).stream().splitlines()
    assert any(line.startswith("pytest==") for line in frozen) and not any(line.startswith("pip==") for line in frozen)
    shown = ok(kernel.run("!pip show pytest")).stream()
    assert shown.startswith("Name: pytest\nVersion: ") and "\nLocation: " in shown and "iniconfig" in shown
    assert "Package(s) not found: no_such_package_there" in kernel.run("!pip show no_such_package_there").stream("stderr")
    assert ok(kernel.run("!pip --version")).stream().startswith("pip ")
    for code in ("!pip list --outdated", "!pip freeze > there.txt", "!pip show -f pytest", "!pip download pytest"):
        assert kernel.run(code).reply["ename"] in ("Denied", "UsageError")
    assert not (folder / "there.txt").exists()


# ---- files

def test_run_of_a_notebook_runs_its_cells(kernel, folder):
    cells = [{"cell_type": "markdown", "source": "1 +"}, {"cell_type": "code", "source": ["of_notebook = 5\n", "print('there')"]},
             {"cell_type": "code", "source": "%time other = of_notebook * 2\nother"}]
    (folder / "other.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    cell = ok(kernel.run("%run other.ipynb"))
    assert cell.stream().startswith("there\n") and "Wall time" in cell.stream() and "execute_result" not in cell.types
    assert kernel.run("of_notebook, other").plain == "(5, 10)"
    (folder / "broken.ipynb").write_text("{")
    assert "no notebook" in kernel.run("%run broken.ipynb").reply["evalue"]
    (folder / "fails.ipynb").write_text(json.dumps({"cells": [{"cell_type": "code", "source": "a = 1\n1 / 0"}]}))
    cell = kernel.run("%run fails.ipynb")
    assert cell.reply["ename"] == "ZeroDivisionError" and "fails.ipynb, cell 1" in cell.traceback


# ---- what is shown

def test_warnings_come_once_in_each_cell(kernel):
    kernel.run("import warnings\ndef warn(): warnings.warn('hear')")
    for _ in range(2):
        assert kernel.run("warn(); warn()").stream("stderr").count("UserWarning: hear") == 1


def test_the_text_formatter_has_its_settings(kernel):
    kernel.run("text = get_ipython().display_formatter.formatters['text/plain']")
    assert kernel.run("text.max_width, text.max_seq_length, text.pprint, text.newline, text.float_format").plain == \
        "(79, 1000, True, '\\n', '%r')"
    assert kernel.run("text.max_seq_length = 5\nlist(range(20))").plain == "[0, 1, 2, 3, 4, ...]"
    assert kernel.run("text.max_seq_length = 1000\ntext.max_width = 30\n['x' * 10] * 3").plain == \
        "['xxxxxxxxxx',\n 'xxxxxxxxxx',\n 'xxxxxxxxxx']"
    assert kernel.run("text.pprint = False\n['x' * 40] * 3").plain == repr(["x" * 40] * 3)
    assert kernel.run("text.pprint = True\ntext.max_width = 79\n['x' * 40] * 3").plain == ",\n ".join(repr(["x" * 40] * 3).split(", "))
    assert kernel.run("text.float_precision = '%.2f'\n[3.14159]").plain == "[3.14]"
    assert kernel.run("text.float_precision = 3\n3.14159").plain == "3.142"
    assert kernel.run("text.float_precision = 'x'").reply["ename"] == "ValueError"
    assert kernel.run("text.float_precision = ''\n3.14159").plain == "3.14159"


def test_a_representation_is_switched_off(kernel):
    kernel.run("html = get_ipython().display_formatter.formatters['text/html']\nclass Shows:\n    def _repr_html_(self): return '<b>'")
    kernel.run("html.enabled = False")
    assert list(kernel.run("Shows()").data) == ["text/plain"]
    kernel.run("html.enabled = True")
    assert set(kernel.run("Shows()").data) == {"text/html", "text/plain"}


@pytest.mark.parametrize("value", ["IFrame('http://h/?a&b', 10, '50%', q='x y')", "IFrame('x', 1, 2, extras=['loading=\"lazy\"'])",
                                   "YouTubeVideo('abc', width=10)", "VimeoVideo('1')", "ScribdDocument('1', start_page=2)",
                                   "Audio(b'xx', rate=1)", "Audio(b'xx', autoplay=True, element_id='e')", "Audio(url='http://h/a.mp3')",
                                   "Video('http://h/y.mp4', width=3)", "Video(b'xx', embed=True, mimetype='video/mp4')"])
def test_frames_and_media_give_ipythons_html(kernel, value):
    import IPython.display
    kernel.run("from IPython.display import *")
    assert kernel.run(value).data["text/html"] == eval(value, vars(IPython.display))._repr_html_()


def test_who_and_whos_are_cut_as_ipython_cuts(start):
    fresh = start()
    fresh.run("a1 = 1; b = 'x' * 60; c = [1, 2]; d = {}; e = 'two\\nlines'\nimport numpy as np\nf = np.zeros((2, 3)); g = np.zeros(20000)\n"
              "class Bad:\n    def __str__(self): raise ValueError\nh = Bad()")
    lines = fresh.run("%whos").stream().split("\n")
    assert lines[:2] == ["Variable   Type       Data/Info", "-" * 31]
    rows = dict(line.split(None, 1) for line in lines[2:] if line)
    assert rows["b"] == f"str        {'x' * 25}<...>{'x' * 25}"
    assert rows["c"] == "list       n=2" and rows["e"] == "str        two\\nlines"
    assert rows["f"] == "ndarray    2x3: 6 elems, type `float64`, 48 bytes"
    assert rows["g"] == "ndarray    20000: 20000 elems, type `float64`, 160000 bytes (156.25 kb)"
    assert rows["h"].endswith("(str() failed)>")
    assert fresh.run("%whos str").stream().count("\n") == 4
    assert fresh.run("%who").stream() == "Bad\t a1\t b\t c\t d\t e\t f\t g\t h\t \nnp\t \n"
    assert fresh.run("%who complex").stream() == "No variables match your requested type.\n"
