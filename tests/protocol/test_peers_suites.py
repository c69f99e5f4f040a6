"""What the test suites of other kernels, clients and runners of notebooks ask of a kernel."""
import json
import subprocess

import pytest
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from built import kernel_command
from raw_kernel import RawKernel
from test_cells import ANSI


@pytest.mark.parametrize("words", [
    ["--debug", "--profile-dir", "/nowhere", "--ip=127.0.0.1", "--transport", "tcp"],
    ["--IPKernelApp.matplotlib=inline", "--IPKernelApp.pylab", "inline", "-z", "--no-secure"],
    ["a file.py", "another"],
])
def test_a_launchers_own_words_are_passed_over(start, words):
    """Given options and files that a launcher hands over and this kernel does not have, when it starts, then it says so in
    its log and runs cells."""
    kernel = start(*words)
    assert kernel.run("print(6 * 7)").stream() == "42\n"
    for word in words:
        if word.startswith("--"):
            assert f"{word.partition('=')[0]} is no setting of this kernel" in kernel.log


@pytest.mark.parametrize("spelling", [["--f", "{}"], ["--f={}"], ["--IPKernelApp.connection_file={}"], ["{}"], ["-f{}"]])
def test_spellings_of_the_connection_file(tmp_path, spelling):
    """Given the connection file by one of the names that ipykernel has for it, then the kernel takes it from there."""
    file = str(tmp_path / "connection.json")
    write_connection_file(file, ip="127.0.0.1", key=b"a key")
    kernel = subprocess.Popen(kernel_command(*[word.format(file) for word in spelling], "--history", ":memory:"))
    client = BlockingKernelClient(connection_file=file)
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=20)
    finally:
        client.stop_channels()
        kernel.kill()
        kernel.wait()


# ---- the shell object


def test_how_the_cell_before_the_first_use_of_the_shell_ended(start):
    """Given a cell that never asked for get_ipython(), then the next one that does is told of its result."""
    kernel = start()
    kernel.run("40 + 2")
    assert kernel.run("r = get_ipython().last_execution_result\nr.result, r.success, r.execution_count").plain == "(42, True, 1)"
    other = start()
    other.run("1/0")
    assert other.run("ip = get_ipython()\ntype(ip.last_execution_result.error_in_exec).__name__, ip.last_execution_succeeded"
                     ).plain == "('ZeroDivisionError', False)"


def test_the_last_request_on_control(raw):
    """Given a request on control, then a later cell can tell which it was; what cells show belongs to their own."""
    asked = raw.client.session.msg("kernel_info_request")
    raw.client.control_channel.send(asked)
    raw.client.get_control_msg(timeout=10)
    cell = raw.run("k = get_ipython().kernel\nprint(k.get_parent('control')['header']['msg_id'], k._parent_ident['control'][0].decode(),"
                   " k.get_parent('shell')['header']['msg_type'])")
    assert cell.stream().split() == [asked["header"]["msg_id"], asked["header"]["session"], "execute_request"]


def test_a_cell_that_exits_has_no_traceback(raw):
    """Given sys.exit() in a cell, then the error is two lines, which runners of notebooks show as they are; %tb shows where."""
    cell = raw.run("import sys\nsys.exit(3)")
    assert cell.reply["ename"] == "SystemExit" and cell.reply["status"] == "error"
    assert [ANSI.sub("", line) for line in cell.reply["traceback"]] == [
        "An exception has occurred, use %tb to see the full traceback.\n", "SystemExit: 3\n"]
    shown, = [m["content"] for m in raw.run("%tb").messages if m["msg_type"] == "error"]
    assert "----> 2 sys.exit(3)" in ANSI.sub("", "\n".join(shown["traceback"]))


def test_sources_of_the_kernels_own_python(raw):
    """Given name?? of a method of the shell, then its source is shown."""
    raw.run("ip = get_ipython()")
    raw.client.inspect("ip.object_inspect", detail_level=1)
    text = ANSI.sub("", raw.reply()["content"]["data"]["text/plain"])
    assert "Source:" in text and "def object_inspect(self, oname, detail_level=0):" in text


def test_streams_belong_to_the_process_that_shows_them(raw):
    """Given what ipykernel's tests ask a stream, then this is the process whose output is shown."""
    assert raw.run("import sys\nsys.stdout._is_master_process(), sys.stderr._is_master_process()").plain == "(True, True)"


def test_what_libraries_ask_of_the_shell(raw, tmp_path):
    """Given attributes that libraries use, then they are there; what they compile is guarded as a cell is."""
    raw.run("ip = get_ipython()\nz = [1, 2]")
    assert raw.run("o = ip.object_inspect('z')\no['found'], o['type_name'], o['length'], o['namespace'], o['isclass']"
                   ).plain == "(True, 'list', 2, 'Interactive', False)"
    assert raw.run("ip.object_inspect('nosuch')['found'], 'list' in ip.object_inspect_mime('z')['text/plain']").plain == "(False, True)"
    assert raw.run("type(ip.compile.ast_parse('1')).__name__, eval(ip.compile('sum(z)', 'x', 'eval'))").plain == "('Module', 3)"
    file = tmp_path / "made"
    raw.run(f"made = {str(file)!r}")
    for source in ("open(made, 'w')", "import os; g = os.mkdir; g(made)", "().__class__.__base__.__subclasses__()"):
        assert raw.run(f"exec(ip.compile({source!r}, 'x', 'exec'))").reply["ename"] == "Denied", source
    assert not file.exists()
    assert raw.run("import sys\nfrom ipykernel.iostream import OutStream\nisinstance(sys.stdout, OutStream)").plain == "True"


def test_yes_or_no(raw):
    """Given ask_yes_no(), then the frontend is asked until the answer is one of them, and '' is the default."""
    for answer, default, result in (("yes", None, "True"), ("n", None, "False"), ("", "y", "True")):
        msg_id = raw.client.execute(f"get_ipython().ask_yes_no('sure?', {default!r})", allow_stdin=True)
        assert raw.client.get_stdin_msg(timeout=10)["content"]["prompt"] == "sure? "
        raw.client.input(answer)
        assert raw.client.get_shell_msg(timeout=10)["parent_header"]["msg_id"] == msg_id
        assert [m["content"]["data"]["text/plain"] for m in raw.published(msg_id) if m["msg_type"] == "execute_result"] == [result]


def test_aliases_of_magics_with_parameters(raw):
    """Given %alias_magic with its long options and -p, then the parameters stand in front of the line."""
    raw.run("def told(line): print(repr(line))\nget_ipython().register_magic_function(told)")
    assert raw.run("%alias_magic --line again told -p '-a 1'").stream() == "Created `%again` as an alias for `%told -a 1`.\n"
    assert raw.run("%again b").stream() == "'-a 1 b'\n"
    assert raw.run("%precision").plain == "'%r'"
    refused = raw.run("%%!\ntouch x")
    assert refused.reply["ename"] == "Denied" and "!touch x" in refused.reply["evalue"]


# ---- magics of earlier input


@pytest.fixture
def typed(start, tmp_path):
    "A kernel with a few cells behind it, that may write into `tmp_path`."
    folder = tmp_path / "config" / "safepyrun"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(f'ok_dests = ["{tmp_path / "out"}"]\n')
    (tmp_path / "out").mkdir()
    kernel = start("--history", tmp_path / "history.sqlite", environment={"XDG_CONFIG_HOME": str(tmp_path / "config")})
    for source in ("a = 1", "def f():\n    return 'þ'", "a + 1", "%cd -q ."):
        assert kernel.run(source).reply["status"] == "ok"
    return kernel


@pytest.mark.parametrize("line, printed", [
    ("1", "a = 1\n"), ("1-2", "a = 1\ndef f():\n    return 'þ'\n"), ("1:2", "a = 1\n"), ("-n 1 3", "   1: a = 1\n   3: a + 1\n"),
    ("-n 2", "   2:\ndef f():\n    return 'þ'\n"), ("-p 2", ">>> def f():\n...     return 'þ'\n"), ("-o 3", "a + 1\n2\n"),
    ("~0/3", "a + 1\n"), ("-t 4", "get_ipython().run_line_magic('cd', '-q .')\n"), ("-g a*1 -n", ""), ("3-", "a + 1\n%cd -q .\n%history 3-\n"),
    ("-l 1 -n", " 1/4: %cd -q .\n"), ("-l", "a = 1\ndef f():\n    return 'þ'\na + 1\n%cd -q .\n"),
])
def test_ranges_of_history(typed, line, printed):
    """Given options and ranges as IPython documents them, then %history prints those lines."""
    assert typed.run(f"%history {line}").stream() == printed


def test_history_of_earlier_sessions(start, tmp_path):
    """Given two sessions, then the later finds the earlier by its number and by counting back, and searches both."""
    first = start("--history", tmp_path / "h.sqlite")
    first.run("first = 1")
    first.run("second = 2")
    first.client.shutdown()
    assert first.process.wait(10) == 0
    later = start("--history", tmp_path / "h.sqlite")
    later.run("third = 3")
    for words in ("~1/1-2", "~1/", "1/", "1/1-1/2"):
        assert later.run(f"%hist {words}").stream() == "first = 1\nsecond = 2\n", words
    assert later.run("%hist ~1/2-~0/1").stream() == "second = 2\nthird = 3\n"
    assert later.run("%hist -g sec*2").stream().splitlines()[0] == " 1/2: second = 2"
    assert later.run("list(get_ipython().history_manager.get_range_by_str('~1/1 1'))[-1][2]").plain == "'third = 3'"


@pytest.mark.parametrize("pattern, found", [
    ("*x\0y*", [0]), ("*\0*", [0]), ("*z'", [0, 1]), ("*y*", [0]), ("x\0*", []), ("a='x?yz'", [0]), ("*[\0]*", [0]), ("*[^ -~]*", [0, 2]),
    ("b*[x-z]z'", [1]), ("*[", []), ("", []), ("*", [0, 1, 2]), ("*é*", [2]), ("c = '?'", [2]), ("*[]x]z*", [1]), ("*'*'*'*", []),
])
def test_searches_read_past_a_nul(kernel_with_nul, pattern, found):
    """Given inputs one of which has a NUL, then a pattern is compared with all of them to their end."""
    raw, inputs = kernel_with_nul
    raw.client.history(hist_access_type="search", pattern=pattern, raw=True, output=False)
    rows = raw.reply()["content"]["history"]
    assert [inputs.index(row[2]) for row in rows] == found


@pytest.fixture(scope="module")
def kernel_with_nul(tmp_path_factory):
    "A kernel, and what was typed into it."
    raw, inputs = RawKernel(tmp_path_factory.mktemp("kernel")), ["a='x\0yz'", "b = 'xz'", "c = 'é'"]
    for source in inputs:
        raw.run(source)
    yield raw, inputs
    raw.stop()


def test_history_goes_into_files_that_cells_may_write(typed, tmp_path):
    """Given -f, then the lines are in that file and nothing is printed; elsewhere it is refused."""
    assert typed.run(f"%hist 1-2 -f {tmp_path}/out/h.txt").stream() == ""
    assert (tmp_path / "out/h.txt").read_text() == "a = 1\ndef f():\n    return 'þ'\n"
    assert typed.run(f"%hist -f {tmp_path}/h.txt").reply["ename"] == "Denied"
    assert not (tmp_path / "h.txt").exists()


def test_a_macro_runs_when_it_is_named(typed):
    """Given %macro, then its name alone in a cell runs the lines; it can be printed and added to."""
    assert "Macro `m` created" in typed.run("%macro m 1 3").stream()
    assert typed.run("a = 5\nb = m").reply["status"] == "ok"
    assert typed.run("m").plain == "2" and typed.run("a").plain == "1"
    assert typed.run("print(m)").stream() == "a = 1\na + 1\n"
    assert typed.run("%macro").plain == "['b', 'm']"
    assert typed.run("%macro bad 1/0x").reply["status"] == "error"
    typed.run("%macro -q e 2\ne = e + '1/0'")
    assert "ZeroDivisionError" in [m["content"].get("ename") for m in typed.run("e").messages]


def test_parts_of_a_source_are_loaded(typed, tmp_path):
    """Given -r and -s, then only these lines and functions go into the cell."""
    file = tmp_path / "some.py"
    file.write_text("import os\ndef f():\n    pass\nclass C:\n    x = 1\n")
    texts = [typed.run(f"%load {words} {file}").reply["payload"][0]["text"] for words in ("-r 1,4-5", "-s C", "-y")]
    assert texts[0] == f"# %load -r 1,4-5 {file}\nimport os\nclass C:\n    x = 1\n"
    assert texts[1] == f"# %load -s C {file}\nclass C:\n    x = 1\n"
    assert texts[2].endswith(file.read_text())


def test_a_session_is_written_as_notebook_and_log(typed, tmp_path):
    """Given %notebook and %logstart, then input and results are in files below ok_dests, and nowhere else."""
    assert typed.run(f"%notebook {tmp_path}/out/n.ipynb").reply["status"] == "ok"
    cells = json.loads((tmp_path / "out/n.ipynb").read_text())["cells"]
    assert [cell["source"] for cell in cells][:3] == ["a = 1", "def f():\n    return 'þ'", "a + 1"]
    assert cells[2]["outputs"][0]["data"]["text/plain"] == "2"
    assert typed.run(f"%logstart -o -q {tmp_path}/out/log.py").reply["status"] == "ok"
    typed.run("6 * 7")
    typed.run("%logstop")
    assert "6 * 7\n#[Out]# 42\n" in (tmp_path / "out/log.py").read_text()
    for line in ("%notebook {}.ipynb", "%logstart {}.py", "%mkdir {}", "%store a > {}.txt", "%save {} 1"):
        assert typed.run(line.format(tmp_path / "no")).reply["ename"] == "Denied", line
    assert not list(tmp_path.glob("no*"))


# ---- directories, aliases and what is refused


def test_directories_are_remembered(raw, tmp_path):
    """Given %pushd, %popd, %cd -N, %cd --TEXT and bookmarks, then each goes where IPython's documentation says."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    start = raw.run("import os\nos.getcwd()").plain.strip("'")
    assert raw.run(f"%pushd {tmp_path}/one").plain.count(",") == 0
    assert raw.run("%dirs").plain == raw.run("get_ipython().dir_stack").plain
    raw.run("%bookmark here")
    assert raw.run("%popd").stream().splitlines()[0] == start
    assert raw.run("%popd").reply["ename"] == "UsageError"
    assert raw.run("%cd --one").stream() == f"{tmp_path}/one\n"
    assert raw.run("%cd -0").stream() == f"{start}\n" == raw.run("_dh[0]").plain.strip("'") + "\n"
    assert raw.run("%cd -b here").stream() == f"{tmp_path}/one\n"
    assert f"here -> {tmp_path}/one" in raw.run("%bookmark -l").stream()
    raw.run("%bookmark -d here")
    assert raw.run("%cd -b here").reply["ename"] == "UsageError"
    assert raw.run("%cd -99").reply["ename"] == "UsageError"
    raw.run("_dh[-2:] = [5, 5]")
    assert raw.run("%cd -").reply["ename"] == "UsageError"
    assert raw.run(f"del _dh[1:]\n%cd {start}").reply["status"] == "ok"


def test_an_alias_is_a_command_by_another_name(start, tmp_path):
    """Given %alias, then %NAME meets the same question as !COMMAND, and runs where that would."""
    kernel = start("--magics", "open")
    kernel.run("%alias hi printf hello%s-")
    refused = start().run("%alias hi printf hello%s\n%hi x")
    assert refused.reply["ename"] == "Denied" and "!printf hellox" in refused.reply["evalue"]
    kernel.run('%allow --shell "printf"')
    assert kernel.run("%hi you").stream() == "helloyou-"
    assert kernel.run("%hi").reply["ename"] == "UsageError"
    kernel.run("%unalias hi")
    assert kernel.run("%hi you me").reply["ename"] == "UsageError"


@pytest.mark.parametrize("cell, name, word", [
    *((f"%%{name}\nx", "Denied", "is started from a cell") for name in ("script cat", "perl", "ruby", "python", "python3")),
    ("%%bash\nx", "Denied", '%allow --shell "x"'), ("%%sh\nx", "Denied", '%allow --shell "x"'),
    ("%edit", "NotImplementedError", "editor"), ("%ed f", "NotImplementedError", "editor"), ("%pastebin 1", "NotImplementedError", "publish"),
    ("%store a", "NotImplementedError", "ok_dests"), ("%store -r", "NotImplementedError", "ok_dests"),
    ("%connect_info", "NotImplementedError", "connect"), ("%autocall 1", "NotImplementedError", "parentheses"),
    *((f"%{name} x", "Denied", f"!{name} x") for name in ("rm", "mv", "cp", "rmdir", "man", "uv", "mamba")),
])
def test_what_is_refused_says_why(raw, cell, name, word):
    """Given a magic that a kernel of this kind cannot have, then the error says so."""
    refused = raw.run(cell)
    assert refused.reply["ename"] == name and word in refused.reply["evalue"]


def test_magics_that_tell_or_set_something(raw, tmp_path):
    """Given the small ones, then each does what it says."""
    (tmp_path / "t.txt").write_text("some text\n")
    assert raw.run(f"%cat {tmp_path}/t.txt").stream() == "some text\n"
    assert raw.run(f"%less {tmp_path}/t.txt").reply["payload"][0]["data"]["text/plain"] == "some text\n"
    assert "t.txt" in raw.run(f"%ll {tmp_path}").stream()
    assert raw.run("%doctest_mode").stream().splitlines()[-1] == "Doctest mode is: ON"
    assert raw.run("get_ipython().xmode, get_ipython().pprint").plain == "('Plain', False)"
    assert raw.run("%doctest_mode").stream().splitlines()[-1] == "Doctest mode is: OFF"
    assert raw.run("get_ipython().xmode, get_ipython().pprint").plain == "('Context', True)"
    assert "%history" in raw.run("%quickref").reply["payload"][0]["data"]["text/plain"]
    assert "Write earlier input" in raw.run("%magic").reply["payload"][0]["data"]["text/plain"]
    listed = raw.run("x = %lsmagic\nx")
    assert listed.plain.startswith("Available line magics:\n%") and "  %alias_magic  " in listed.plain and "history" in listed.data["application/json"]["line"]
    assert "subshell id: None" in raw.run("%subshell").stream()


def test_asyncios_loop_is_there_anyway(raw):
    """Given %gui asyncio, as notebooks of widgets have it, then it is accepted; a window system is not."""
    assert raw.run("%gui asyncio").reply["status"] == "ok"
    assert raw.run("%gui qt").reply["ename"] == "NotImplementedError"


def test_names_are_searched_in_any_case(raw):
    """Given -i and -a, then case does not count, and names of an underscore are found."""
    assert "ArithmeticError" in raw.run("%psearch -i a*ERROR").stream()
    assert "ArithmeticError" not in raw.run("%psearch a*ERROR").stream()
    assert "__build_class__" in raw.run("%psearch -a *build*").stream()


def test_parts_of_the_session_are_forgotten(raw):
    """Given %reset with a word, then only that is gone."""
    raw.run("kept = 1\nkept")
    assert "Flushing output cache" in raw.run("%reset -f out").stream()
    assert raw.run("len(Out), '_1' in dir(), kept").plain == "(0, False, 1)"
    assert "Flushing input history" in raw.run("%reset -f in").stream()
    assert raw.run("In[1], len(In) > 2, kept").plain == "('', True, 1)"
    assert raw.run("%reset -f nothing").reply["ename"] == "UsageError"
