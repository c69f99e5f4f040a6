"""A call that only a person may permit pauses where it is: one question, and the cell goes on."""
import threading

import pytest
from test_remedies import url  # noqa: F401 - a fixture
from test_approvals import Notebook, notebook, ok, one_kernel, refused  # noqa: F401 - the fixtures


@pytest.fixture
def kernel(one_kernel):  # noqa: F811
    "The kernel in a folder of this test's own, so that no grant of another test is in force."
    one_kernel.tests = getattr(one_kernel, "tests", 0) + 1
    one_kernel.here = one_kernel.folder / f"of test {one_kernel.tests}"
    one_kernel.here.mkdir()
    ok(one_kernel.run(f"import os, shutil, subprocess, pathlib\nhere = {str(one_kernel.here)!r}\ncount = 0"))
    return one_kernel


def files(kernel):
    return sorted(path.name for path in kernel.here.iterdir())


def fill(kernel, *names):
    for name in names:
        (kernel.here / name).write_text("x")


# ---- one question, no second run ----------------------------------------------------------------------------------------

def test_a_yes_costs_one_question_and_no_second_run(kernel):
    fill(kernel, "a")
    cell = ok(kernel.ask("count += 1\nos.remove(here + '/a')\ncount += 1\ncount", "o"))
    assert len(cell.asked) == 1 and cell.plain == "2" and files(kernel) == []


def test_the_question_says_what_where_why_and_the_line(kernel):
    fill(kernel, "a")
    question, = ok(kernel.ask("x = 1\nos.remove(here + '/a')  # away", "o")).asked
    assert f"os.remove in {kernel.here}" in question and "not allowed" in question
    assert "line 2: os.remove(here + '/a')  # away" in question
    assert question.endswith("[o]nce, this [s]ession, this [p]roject, or [n]o? ")


def test_the_message_has_the_question_for_programs(kernel):
    fill(kernel, "a")
    kernel.client.execute("os.remove(here + '/a')", allow_stdin=True)
    question = kernel.client.get_stdin_msg(timeout=10)
    kernel.client.input("n")
    kernel.client.get_shell_msg(timeout=10)
    told = question["metadata"]["safepyrun"]["question"]
    assert told["what"] == "call" and told["items"] == [f"os.remove in {kernel.here}"]
    assert told["choices"] == ["once", "session", "project", "no"]
    call = told["call"]
    assert call["callable"] == "os.remove" and call["kind"] == "write" and call["line"] == 1
    assert call["about"] == [["in", str(kernel.here)]] and call["remedy"] == f'%ok_dests --add "{kernel.here}"'
    assert call["source"] == "os.remove(here + '/a')" and files(kernel) == ["a"]


def test_a_magic_tells_programs_what_it_asks(kernel):
    kernel.client.execute("%allow --trust shutil.rmtree", allow_stdin=True)
    question = kernel.client.get_stdin_msg(timeout=10)
    kernel.client.input("n")
    kernel.client.get_shell_msg(timeout=10)
    told = question["metadata"]["safepyrun"]["question"]
    assert told["what"] == "trust" and told["items"] == ["shutil.rmtree"] and "no" in told["choices"]


def test_what_a_cell_asks_has_no_such_metadata(kernel):
    kernel.client.execute("input('[o]nce? ')", allow_stdin=True)
    question = kernel.client.get_stdin_msg(timeout=10)
    kernel.client.input("n")
    kernel.client.get_shell_msg(timeout=10)
    assert question["metadata"] == {}


# ---- the answers --------------------------------------------------------------------------------------------------------

def test_once_is_for_all_of_the_folder_in_this_cell(kernel):
    fill(kernel, *"abc")
    cell = ok(kernel.ask("for name in 'ab':\n    os.remove(f'{here}/{name}')", "o", "o"))
    assert len(cell.asked) == 1 and files(kernel) == ["c"]
    cell = kernel.ask("os.remove(here + '/c')", "n")
    assert len(cell.asked) == 1 and refused(cell) and files(kernel) == ["c"]


def test_session_is_for_later_cells_and_no_other_callable_or_folder(kernel):
    fill(kernel, *"abc")
    (kernel.here / "below").mkdir()
    (kernel.folder / "other").write_text("x")
    ok(kernel.ask("os.remove(here + '/a')", "s"))
    assert ok(kernel.ask("os.remove(here + '/b')\nos.makedirs(here, exist_ok=True)")).asked == []
    assert len(kernel.ask("os.rename(here + '/c', here + '/d')", "n").asked) == 1
    assert len(kernel.ask("os.remove('other')", "n").asked) == 1
    assert files(kernel) == ["below", "c"] and (kernel.folder / "other").exists()


def test_project_holds_in_the_next_kernel(notebook):
    first = notebook()
    (first.folder / "out").mkdir()
    for name in "ab":
        (first.folder / "out" / name).write_text("x")
    ok(first.ask("import os\nos.remove('out/a')", "p"))
    assert 'permit = ["os.remove in ./out"]' in first.project.read_text()
    second = notebook()
    assert ok(second.ask("import os\nos.remove('out/b')")).asked == []
    refused(second.run("import os\nos.rmdir('out')", allow_stdin=False))
    assert list((first.folder / "out").iterdir()) == []


def test_a_no_is_the_refusal_and_holds_for_the_cell(kernel):
    fill(kernel, *"ab")
    cell = kernel.ask("for name in 'ab':\n    try:\n        os.remove(f'{here}/{name}')\n    except PermissionError:\n"
                      "        count += 1\nprint(count)\nos.remove(here + '/a')", "n", "o", "o")
    assert len(cell.asked) == 1 and "%ok_dests --add" in refused(cell)
    assert cell.stream() == "2\n" and files(kernel) == ["a", "b"]


def test_nobody_answers(notebook):
    kernel = notebook(config="ask_timeout_s = 1\n")
    cell = kernel.ask("import os\ntry:\n    os.mkdir('a')\nexcept PermissionError:\n    pass\nos.mkdir('b')")
    assert len(cell.asked) == 1 and refused(cell)
    assert sorted(path.name for path in kernel.folder.iterdir()) == []
    kernel.client.input("s")
    assert len(kernel.ask("os.mkdir('a')", "n").asked) == 1


def test_an_interrupt_is_a_no_and_a_keyboard_interrupt(notebook):
    kernel = notebook()
    threading.Timer(0.5, kernel.manager.interrupt_kernel).start()
    cell = kernel.ask("import os\nos.mkdir('a')")
    assert cell.reply["ename"] == "KeyboardInterrupt" and len(cell.asked) == 1
    assert not (kernel.folder / "a").exists()
    threading.Timer(0.5, kernel.manager.interrupt_kernel).start()
    cell = kernel.ask("try:\n    os.mkdir('a')\nexcept KeyboardInterrupt:\n    print('heard')\nos.mkdir('b')")
    assert cell.stream() == "heard\n" and refused(cell) and len(cell.asked) == 1
    assert ok(kernel.ask("input('name? ')", "x")).plain == "'x'"
    assert list(kernel.folder.iterdir()) == []


# ---- what is asked ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code, words", [
    ("open(here + '/f', 'w').write('x')", "\n  open in {here}"),
    ("os.mkdir(here + '/f')", "os.mkdir in {here}/f"),
    ("os.makedirs(here + '/f/g/h')", "os.makedirs in {here}/f"),
    ("pathlib.Path(here, 'f').write_text('x')", "pathlib.Path.write_text in {here}"),
    ("subprocess.run(['touch', here + '/f'])", "subprocess.run runs touch"),
    ("os.system(f'touch \"{here}/f\"')", "os.system runs touch"),
    ("list(map(os.mkdir, [here + '/f']))", "os.mkdir in {here}/f"),
    ("shutil.copyfile('/etc/hostname', here + '/f')", "shutil.copyfile in {here}"),
])
def test_each_kind_of_call(kernel, code, words):
    cell = kernel.ask(code, "n")
    assert refused(cell) and len(cell.asked) == 1 and files(kernel) == []
    question, = ok(kernel.ask(code, "o")).asked
    assert words.format(here=kernel.here) in question and files(kernel) == ["f"]


POSTS = {
    "requests": "import requests\nrequests.post(URL, data='a').status_code",
    "a session": "import requests\nwith requests.Session() as s:\n    code = s.put(URL, data='a').status_code\ncode",
    "urllib3": "import urllib3\nurllib3.PoolManager().request('POST', URL, body='a').status",
    "urllib": "import urllib.request\nurllib.request.urlopen(URL, data=b'a').status",
    "http.client": "import http.client\nc = http.client.HTTPConnection(URL.split('/')[2])\nc.request('POST', '/', b'a')\nc.getresponse().status",
}


@pytest.mark.parametrize("client", POSTS)
def test_a_request_that_sends_asks_for_its_host(kernel, url, client):  # noqa: F811
    host = url.split("/")[2]
    ok(kernel.run(f"URL = {url!r}"))
    cell = kernel.ask(POSTS[client], "n")
    assert len(cell.asked) == 1 and f"to {host}" in cell.asked[0] and f"%ok_hosts --add {host}" in refused(cell)
    cell = ok(kernel.ask(POSTS[client], "o"))
    assert len(cell.asked) == 1 and cell.plain == "200"


def test_a_grant_for_a_host_is_for_no_other_verb(kernel, url):  # noqa: F811
    ok(kernel.run(f"URL = {url!r}"))
    ok(kernel.ask("import requests\nrequests.post(URL, data='a')", "s"))
    assert ok(kernel.ask("requests.post(URL, data='a')")).asked == []
    cell = kernel.ask("requests.delete(URL)", "n")
    assert len(cell.asked) == 1 and "DELETE" in cell.asked[0] and refused(cell)


@pytest.mark.parametrize("code", ["import importlib, colorsys\nimportlib.reload(colorsys).__name__",
                                  "import codecs\ncodecs.register_error('strict', codecs.strict_errors)\n'colorsys'"])
def test_what_stands_in_for_a_function_asks_too(kernel, code):
    assert len(kernel.ask(code, "n").asked) == 1
    cell = ok(kernel.ask(code, "o"))
    assert len(cell.asked) == 1 and cell.plain == "'colorsys'"


def test_a_command_asks_in_place(kernel):
    assert "!touch" in refused(kernel.ask(f"!touch '{kernel.here}/f'", "n")) and files(kernel) == []
    cell = ok(kernel.ask(f"count += 1\n!touch '{kernel.here}/f'\ncount += 1\ncount", "o"))
    question, = cell.asked
    assert f"!command runs touch '{kernel.here}/f'" in question and "cells do not start programs" in question
    assert cell.plain == "2" and files(kernel) == ["f"]
    assert len(kernel.ask(f"!touch '{kernel.here}/f'", "n").asked) == 1


def test_a_command_of_the_session_is_that_very_line(kernel):
    ok(kernel.ask("os.chdir(here)\n!touch f", "s"))
    assert ok(kernel.ask("!touch f")).asked == []
    assert len(kernel.ask("!touch f g", "n").asked) == 1 and len(kernel.ask("!touch 'f g'", "n").asked) == 1
    assert files(kernel) == ["f"]
    ok(kernel.run(f"os.chdir({str(kernel.folder)!r})"))


def test_a_command_whose_words_are_those_of_a_grant_permits_no_folder(kernel):
    kernel.ask(f"!touch in {kernel.here}", "s")
    assert refused(kernel.run("os.mkdir(here + '/f')")) and files(kernel) == []


def test_both_ends_of_a_move(kernel):
    (kernel.here / "a").mkdir()
    (kernel.here / "b").mkdir()
    (kernel.here / "a" / "f").write_text("x")
    code = "os.rename(here + '/a/f', here + '/b/f')"
    cell = kernel.ask(code, "o", "n")
    assert len(cell.asked) == 2 and refused(cell) and (kernel.here / "a" / "f").exists()
    assert len(ok(kernel.ask(code, "o", "o")).asked) == 2 and (kernel.here / "b" / "f").exists()


def test_a_link_that_is_laid_meanwhile_leads_nowhere(kernel):
    "The person said yes to a folder; by then its name leads to another."
    elsewhere = kernel.folder / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    (kernel.here / "out").mkdir()
    kernel.client.execute("open(here + '/out/f', 'w').write('x')", allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=10)
    (kernel.here / "out").rmdir()
    (kernel.here / "out").symlink_to(elsewhere)
    kernel.client.input("o")
    # The next question, if any, is about the other folder: no.
    if kernel.client.stdin_channel.msg_ready() or _waits(kernel):
        kernel.client.get_stdin_msg(timeout=10)
        kernel.client.input("n")
    kernel.client.get_shell_msg(timeout=10)
    assert list(elsewhere.iterdir()) == []


def _waits(kernel):
    "Does another question come before the reply?"
    import time
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if kernel.client.stdin_channel.msg_ready():
            return True
        if kernel.client.shell_channel.msg_ready():
            return False
        time.sleep(0.01)
    raise AssertionError("neither a question nor a reply")


# ---- what is not --------------------------------------------------------------------------------------------------------

NOT_ASKED = [
    "import threading\ndef go():\n    try:\n        os.mkdir(here + '/f')\n    except PermissionError:\n        pass\n"
    "t = threading.Thread(target=go)\nt.start()\nt.join()\nraise PermissionError",
    "class Gone:\n    def __del__(self):\n        try:\n            os.mkdir(here + '/f')\n        except PermissionError:\n"
    "            pass\ngone = Gone()\ndel gone\nraise PermissionError",
    "().__class__.__subclasses__()",
    "open(os.path.expanduser('~/.bashrc'), 'a')",
    "import json\njson.dumps = None",
]


@pytest.mark.parametrize("code", NOT_ASKED, ids=range(len(NOT_ASKED)))
def test_not_asked(kernel, code):
    cell = kernel.ask(code, "o", "o")
    assert cell.asked == [] and cell.reply["status"] == "error" and files(kernel) == []


def test_not_without_input(kernel):
    assert "%ok_dests" in refused(kernel.run("os.mkdir(here + '/f')", allow_stdin=False)) and files(kernel) == []


@pytest.mark.parametrize("options, config", [((), 'on_refusal = "tell"\n'), (("--magics", "locked"), ""), (("--magics", "open"), "")])
def test_not_when_told_not_to(notebook, options, config):
    kernel = notebook(*options, config=config)
    cell = kernel.ask("import os\nos.mkdir('f')", "o")
    assert cell.asked == [] and refused(cell) and not (kernel.folder / "f").exists()


def test_a_cell_cannot_answer(kernel):
    "What a cell prints, or asks for beforehand, is no answer."
    cell = kernel.ask("print('o')\ninput('o')\nos.mkdir(here + '/f')", "o", "n")
    assert len(cell.asked) == 2 and refused(cell) and files(kernel) == []


# ---- what is heard ------------------------------------------------------------------------------------------------------

def test_the_log_has_the_grant_and_no_refusal(notebook):
    kernel = notebook()
    ok(kernel.ask("import os\nos.mkdir('f')", "o"))
    kinds = [(record["kind"], record["reason"]) for record in kernel.audit()]
    assert kinds == [("granted", "once")]
    refused(kernel.ask("os.mkdir('g')", "n"))
    assert [record["kind"] for record in kernel.audit()][1:] == ["refused", "write"]


# ---- a library goes on with what a call began ---------------------------------------------------------------------------

MEMORY = "from joblib import Memory\nmemory = Memory(here + '/kept', verbose=0)\n@memory.cache\ndef twice(x): return 2 * x\ntwice(2)"


def test_a_library_goes_on_where_a_call_of_its_was_permitted(kernel):
    cell = ok(kernel.ask(MEMORY, "o"))
    assert len(cell.asked) == 1 and cell.plain == "4" and list((kernel.here / "kept").rglob("*.pkl"))
    cell = ok(kernel.ask("import matplotlib.pyplot as plt\nfrom matplotlib.backends.backend_pdf import PdfPages\n"
                         "with PdfPages(here + '/pages.pdf') as pages:\n    plt.plot([1])\n    pages.savefig()\nplt.close()", "o"))
    assert len(cell.asked) == 1 and (kernel.here / "pages.pdf").read_bytes().startswith(b"%PDF")


def test_once_is_over_with_the_cell_for_the_library_too(kernel):
    ok(kernel.ask(MEMORY, "o"))
    before = sorted((kernel.here / "kept").rglob("*"))
    kernel.ask("twice(3)", "n")
    assert sorted((kernel.here / "kept").rglob("*")) == before


def test_another_library_does_not_go_on_there(kernel):
    ok(kernel.ask("import numpy as np\nnp.save(here + '/a.npy', np.arange(3))", "s"))
    cell = kernel.ask(MEMORY, "n", "n")
    assert len(cell.asked) >= 1 and not (kernel.here / "kept").exists()
    cell = kernel.ask("from joblib.disk import mkdirp\nmkdirp(here + '/made')", "n")
    assert not (kernel.here / "made").exists()


# ---- threads ask nobody, and go on with what was answered ----------------------------------------------------------------

WRITE = ("from concurrent.futures import ThreadPoolExecutor\n"
         "def write(i, below=''):\n    os.makedirs(here + below, exist_ok=True)\n    open(f'{here}{below}/{i}', 'w').close()\n")
POOL = "with ThreadPoolExecutor(3) as pool:\n    list(pool.map(write, range(3)))\n"


def test_threads_of_the_cell_go_on_with_its_yes(kernel):
    cell = ok(kernel.ask(f"{WRITE}write('own')\n{POOL}", "o"))
    assert len(cell.asked) == 1 and files(kernel) == ["0", "1", "2", "own"]


def test_once_is_over_for_threads_too(kernel):
    ok(kernel.ask(f"{WRITE}write('own')", "o"))
    cell = kernel.ask(POOL, "o")
    assert not cell.asked and refused(cell) and files(kernel) == ["own"]


def test_a_session_lasts_for_threads_too_and_is_for_that_call_and_folder_alone(kernel):
    ok(kernel.ask(f"{WRITE}write('own')", "s"))
    cell = ok(kernel.ask(POOL))
    assert not cell.asked and files(kernel) == ["0", "1", "2", "own"]
    for other in ("os.remove(here + '/own')", "open(here + 'beside', 'w')"):
        refused(kernel.ask(f"with ThreadPoolExecutor(1) as pool:\n    pool.submit(lambda: {other}).result()"))
    assert "own" in files(kernel) and not (kernel.folder / f"{kernel.here.name}beside").exists()


def test_a_no_gives_threads_nothing(kernel):
    refused(kernel.ask(f"{WRITE}try:\n    write('own')\nexcept PermissionError:\n    pass\n{POOL}", "n"))
    assert files(kernel) == []
