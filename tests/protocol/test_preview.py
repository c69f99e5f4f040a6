"""%%preview: what a cell would do is shown, and neither session nor disk are touched."""
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from processes import children
from raw_kernel import RawKernel, wait_until

MIME = "application/vnd.safepyrun.preview+json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory, folder):
    kernel = RawKernel(tmp_path_factory.mktemp("kernel"), "--magics", "open")
    assert kernel.run(f"import os\nos.chdir({str(folder)!r})\n%ok_dests {folder}").reply["status"] == "ok"
    yield kernel
    kernel.stop()


@pytest.fixture(autouse=True)
def empty(request, folder):
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def effects(cell):
    assert cell.reply["status"] == "ok", cell.traceback
    shown = [m["content"]["data"] for m in cell.messages if m["msg_type"] == "display_data"]
    found = [data[MIME] for data in shown if MIME in data]
    assert len(found) == 1
    return found[0]


def preview(kernel, source, **options):
    return effects(kernel.run("%%preview\n" + source, timeout=60, **options))


def files(told, folder):
    return {str(Path(row["path"]).relative_to(folder)): row["change"] for row in told["files"]}


def test_files_and_variables_stay_as_they_are(kernel, folder):
    (folder / "kept").write_text("one\ntwo\n")
    (folder / "gone").write_text("bye\n")
    kernel.run("x, y = [1], 'y'")
    told = preview(kernel, "x.append(2); z = 3; del y\n"
                           "open('kept', 'w').write('one\\n2\\n'); open('new', 'w').write('n'); os.unlink('gone')\n"
                           "os.makedirs('a/b'); open('a/b/c', 'w').write('c')")
    assert files(told, folder) == {"kept": "changed", "new": "created", "gone": "deleted", "a": "created", "a/b": "created",
                                   "a/b/c": "created"}
    assert {row["name"]: row["change"] for row in told["variables"]} == {"x": "changed", "y": "deleted", "z": "new"}
    kept = next(row for row in told["files"] if row["path"].endswith("kept"))
    assert (kept["size_before"], kept["size"]) == (8, 6) and "-two\n+2\n" in kept["diff"]
    assert sorted(os.listdir(folder)) == ["gone", "kept"]
    assert (folder / "kept").read_text() == "one\ntwo\n"
    assert kernel.run("x, y, 'z' in globals()").plain == "([1], 'y', False)"


def test_the_cell_sees_its_own_effects(kernel, folder):
    (folder / "gone").write_text("bye\n")
    cell = kernel.run("%%preview\nopen('new', 'w').write('text'); os.unlink('gone')\nos.rename('new', 'other')\n"
                      "print(os.listdir('.'), open('other').read(), os.path.exists('gone'))")
    assert cell.stream() == "['other'] text False\n"
    assert files(effects(cell), folder) == {"other": "created", "gone": "deleted"}


def test_files_that_are_open_already(kernel, folder):
    kernel.run("log = open('log', 'w'); log.write('1\\n'); log.flush()\n"
               "import sqlite3; con = sqlite3.connect('data.db'); con.execute('create table t (x)'); con.commit()")
    told = preview(kernel, "log.write('2\\n'); log.flush(); con.execute('insert into t values (1)'); con.commit()")
    assert files(told, folder) == {"log": "changed", "data.db": "changed"}
    assert (folder / "log").read_text() == "1\n"
    assert kernel.run("con.execute('select count(*) from t').fetchone(), log.tell()").plain == "((0,), 2)"
    kernel.run("log.write('3\\n'); log.close(); con.close()")
    assert (folder / "log").read_text() == "1\n3\n"


def test_memory_that_maps_a_file(kernel, folder):
    kernel.run("import numpy as np\nm = np.memmap('m.bin', dtype='i4', mode='w+', shape=(4,)); m[:] = 7; m.flush()")
    told = preview(kernel, "m[0] = 9; m.flush()")
    assert [row["name"] for row in told["variables"]] == ["m"]
    assert (folder / "m.bin").read_bytes() == b"\7\0\0\0" * 4
    assert kernel.run("int(m[0])").plain == "7"


def test_tables_and_arrays_that_would_change(kernel, folder):
    kernel.run("import pandas as pd, numpy as np\ndf = pd.DataFrame({'a': [1, 2]}); arr = np.arange(3); same = np.arange(4)")
    told = preview(kernel, "df['b'] = 1; arr[0] = 5; same.sum(); df.to_csv('out.csv')")
    rows = {row["name"]: row for row in told["variables"]}
    assert set(rows) == {"df", "arr"} and rows["df"]["value"] == "DataFrame 2 x 2"
    assert files(told, folder) == {"out.csv": "created"}
    assert kernel.run("list(df), int(arr[0])").plain == "(['a'], 0)"


def test_what_it_shows_is_shown(kernel):
    cell = kernel.run("%%preview\nimport sys\nfrom IPython.display import HTML, display\nprint('out'); print('err', file=sys.stderr)\n"
                      "os.write(1, b'raw\\n'); display(HTML('<b>x</b>')); 'value'")
    assert "out\n" in cell.stream() and "raw\n" in cell.stream() and cell.stream("stderr") == "err\n"
    shown = [m["content"]["data"] for m in cell.messages if m["msg_type"] == "display_data"]
    assert shown[0]["text/html"] == "<b>x</b>" and shown[1]["text/plain"] == "'value'"


def test_an_error_is_the_previews(kernel):
    told = preview(kernel, "open('new', 'w').write('n')\n1 / 0")
    assert told["error"]["ename"] == "ZeroDivisionError" and [row["change"] for row in told["files"]] == ["created"]


@pytest.mark.parametrize("how, line", [("", 4), ("--body", 3)])
def test_lines_are_those_of_the_cell_or_of_its_body(kernel, how, line):
    cell = kernel.run(f"%%preview {how}\ndef f(x):\n    y = x\n    return 1 / (y - y)\nf(1)")
    told = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(effects(cell)["error"]["traceback"]))
    assert f", line {line}, in f(x)" in told and f"----> {line}     return 1 / (y - y)" in told, told
    shown = kernel.run(f"%%check {how}\ndef f(x):\n    y = x\n    return f.__globals__\nf(1)").messages
    rows = next(m["content"]["data"]["text/plain"] for m in shown if "data" in m["content"])
    assert re.search(rf"^ *{line} .*__globals__", rows, re.M), rows


def test_outside_of_ok_dests_it_is_refused_as_in_a_cell(kernel, tmp_path):
    told = preview(kernel, f"open({str(tmp_path / 'x')!r}, 'w')")
    assert told["error"]["ename"] == "Denied" and told["refused"]
    assert not (tmp_path / "x").exists()


def test_what_the_sandbox_does_not_see_is_held_by_the_file_system(kernel, folder, tmp_path):
    source = ("import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
              f"print(libc.open({str(tmp_path / 'x').encode()!r}, os.O_CREAT | os.O_WRONLY, 0o644), "
              f"libc.mkdir({str(folder / 'd').encode()!r}, 0o755))")
    assert kernel.run("%allow --trust ctypes.CDLL").reply["status"] == "ok"
    kernel.run("%%trusted\ndef raw():\n    " + source.replace("\n", "\n    "))
    kernel.run("%allow --trust __main__.raw")
    cell = kernel.run("%%preview\nraw()")
    assert cell.stream() == "-1 0\n", cell.traceback
    assert not (tmp_path / "x").exists() and not (folder / "d").exists()


def test_programs_and_connections_are_refused_and_listed(kernel, folder):
    kernel.run("%allow --trust subprocess.run")
    kernel.run("import subprocess, urllib.request, socket")
    told = preview(kernel, f"subprocess.run(['touch', {str(folder / 'made')!r}])")
    assert told["error"]["ename"] == "PermissionError"
    assert {"kind": "start", "what": f"touch {folder / 'made'}"} in told["sent"]
    told = preview(kernel, "urllib.request.urlopen('http://127.0.0.1:9/')")
    assert {"kind": "request", "what": "GET http://127.0.0.1:9/"} in told["sent"]
    assert not (folder / "made").exists()


def test_a_connection_that_is_open_is_not_the_previews(kernel):
    kernel.run("%%trusted\nimport socket\na, b = socket.socketpair()")
    kernel.run("%%preview\na.send(b'from the preview')")
    kernel.run("%%trusted\nb.setblocking(False)\ntry:\n    got = b.recv(100)\nexcept BlockingIOError:\n    got = None")
    assert kernel.run("print(got)").stream() == "None\n"


def test_it_signals_nobody(kernel):
    kernel.run("%%trusted\ndef end_it():\n    import os, signal\n    os.kill(os.getppid(), signal.SIGKILL)")
    kernel.run("%allow --trust __main__.end_it")
    told = preview(kernel, "end_it()")
    assert told["error"]["ename"] == "PermissionError"
    assert kernel.run("1 + 1").plain == "2"


@pytest.mark.parametrize("death, how", [("os.kill(os.getpid(), 11)", "SIGSEGV"), ("os.abort()", "SIGABRT"), ("os._exit(3)", "status 3")])
def test_a_cell_that_kills_python(kernel, death, how):
    kernel.run(f"%%trusted\ndef die():\n    import os\n    {death}")
    kernel.run("%allow --trust __main__.die")
    cell = kernel.run("%%preview\nprint('before', flush=True)\ndie()")
    assert how in effects(cell)["died"] and cell.stream() == "before\n"
    if how.startswith("SIG"):
        assert "in die" in cell.stream("stderr")
    assert kernel.run("1 + 1").plain == "2"


def test_an_interrupt_ends_it(kernel):
    msg_id = kernel.start_cell("%%preview\nprint('runs', flush=True)\nwhile True: pass")
    before = children(kernel.process.pid)
    kernel.signal(signal.SIGINT)
    cell = kernel.finish_cell(msg_id)
    assert cell.reply["ename"] == "KeyboardInterrupt"
    assert wait_until(lambda: len(children(kernel.process.pid)) < len(before) or len(before) <= 5)
    assert kernel.run("1 + 1").plain == "2"


@pytest.mark.parametrize("delay", [0, 0.001, 0.003, 0.006, 0.01, 0.015, 0.02, 0.03])
def test_an_interrupt_that_comes_while_it_is_prepared(kernel, delay):
    for _ in range(3):
        msg_id = kernel.start_cell("%%preview\nwhile True: pass")
        time.sleep(delay)
        kernel.signal(signal.SIGINT)
        assert kernel.finish_cell(msg_id).reply["ename"] == "KeyboardInterrupt"
    assert kernel.run("1 + 1").plain == "2"


def test_a_thread_stands_in_the_way(kernel):
    kernel.run("import threading\nstop = threading.Event(); t = threading.Thread(target=stop.wait, name='mine'); t.start()")
    cell = kernel.run("%%preview\n1")
    kernel.run("stop.set(); t.join()")
    assert cell.reply["status"] == "error" and "'mine'" in cell.reply["evalue"]


def test_nothing_can_be_asked_for_in_it(kernel):
    told = preview(kernel, "%ok_dests --add /usr")
    assert "cannot ask the kernel" in told["error"]["evalue"]


def test_random_numbers_are_the_same_as_for_real(kernel):
    kernel.run("import random; random.seed(5)")
    told = preview(kernel, "r = random.random()")
    real = kernel.run("r = random.random(); r").plain
    assert next(row for row in told["variables"] if row["name"] == "r")["value"] == real


def test_apply_runs_it_once_a_person_agreed(kernel, folder):
    msg_id = kernel.ask("%%preview --apply\nn = globals().get('n', 0) + 1\nopen('f', 'a').write('line\\n')", "n")
    told = effects(kernel.finish_cell(msg_id))
    assert files(told, folder) == {"f": "created"} and not (folder / "f").exists()
    msg_id = kernel.ask("%%preview --apply\nn = globals().get('n', 0) + 1\nopen('f', 'a').write('line\\n')", "y")
    kernel.finish_cell(msg_id)
    assert (folder / "f").read_text() == "line\n" and kernel.run("n").plain == "1"


def test_applied_files_are_those_that_were_shown(kernel, folder):
    msg_id = kernel.ask("%%preview --apply\nimport time\nopen('f', 'w').write(str(time.time_ns()))", "y")
    cell = kernel.finish_cell(msg_id)
    assert f"+{(folder / 'f').read_text()}" in effects(cell)["files"][0]["diff"]
    assert "came out otherwise" in cell.stream()


def test_nothing_is_applied_that_touches_other_files_the_second_time(kernel, folder):
    kernel.run("import itertools, time\nran = []")
    msg_id = kernel.ask("%%preview --apply\nran.append(1); open(f'{time.time_ns()}.txt', 'w').close()", "y")
    cell = kernel.finish_cell(msg_id)
    assert cell.reply["ename"] == "UsageError" and "Nothing was done" in cell.reply["evalue"] and ".txt" in cell.reply["evalue"]
    assert kernel.run("ran").plain == "[]" and not list(folder.glob("*.txt"))


def test_nothing_is_applied_when_somebody_changed_a_file_since(kernel, folder):
    (folder / "a.txt").write_text("mine")
    msg_id = kernel.ask("%%preview --apply\nopen('a.txt', 'w').write('the cell')")
    (folder / "a.txt").write_text("somebody else's")
    kernel.client.input("y")
    cell = kernel.finish_cell(msg_id)
    assert cell.reply["ename"] == "UsageError" and "a.txt" in cell.reply["evalue"] and "Nothing was done" in cell.reply["evalue"]
    assert (folder / "a.txt").read_text() == "somebody else's"


def test_apply_without_anybody_to_ask(kernel, folder):
    cell = kernel.run("%%preview --apply\nopen('f', 'w').write('x')")
    assert cell.reply["ename"] == "UsageError" and not (folder / "f").exists()


def test_wrong_options(kernel):
    assert kernel.run("%%preview --later\n1").reply["ename"] == "UsageError"
    assert kernel.run("%%preview more\n1").reply["ename"] == "UsageError"


def test_without_the_floor(start, tmp_path):
    kernel = start("--magics", "open", "--floor", "off")
    kernel.run(f"%ok_dests {tmp_path}")
    told = preview(kernel, f"open({str(tmp_path / 'x')!r}, 'w').write('x')")
    assert [row["change"] for row in told["files"]] == ["created"] and not (tmp_path / "x").exists()


def test_previews_leave_nothing_behind(kernel):
    preview(kernel, "1")
    descriptors = len(os.listdir(f"/proc/{kernel.process.pid}/fd")), len(os.listdir(f"/proc/{kernel.worker}/fd"))
    for _ in range(20):
        preview(kernel, "open('x', 'w').write('x')")
    after = len(os.listdir(f"/proc/{kernel.process.pid}/fd")), len(os.listdir(f"/proc/{kernel.worker}/fd"))
    assert after[0] <= descriptors[0] + 4 and after[1] <= descriptors[1] + 2 # checkpoints come and go


ROOT = """set -e; cd "$1"; root=$PWD; shift
if [ "$1" = mount ]; then mount --bind . .; cd "$root"; fi; shift
for place in /*; do
    if [ -L "$place" ]; then cp -P "$place" .; elif [ -d "$place" ]; then mkdir -p ".$place"; mount --bind "$place" ".$place"; fi
done
mount --rbind /proc proc; mount --rbind /dev dev
exec chroot . "$@"
"""


@pytest.mark.parametrize("kind", ["folder", "mount"])
def test_in_a_chroot(tmp_path, kind):
    "A chroot's root may be a folder like any other, or a mount: what the cell sees is the same in a preview."
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("no mount namespace can be made here: no chroot")
    ok, root = tmp_path / "ok", tmp_path / "root"
    ok.mkdir()
    root.mkdir()
    (root / "only in the chroot").write_text("x")
    (ok / "kept").write_text("old\n")
    kernel = RawKernel(tmp_path / "kernel", "--magics", "open",
                       before=["unshare", "--mount", "--propagation", "private", "sh", "-c", ROOT, "sh", root, kind])
    try:
        seen = "sorted(os.listdir('/')), os.getcwd(), open('kept').read()"
        before = kernel.run(f"import os\nos.chdir({str(ok)!r})\n%ok_dests {ok}\n{seen}")
        assert before.reply["status"] == "ok" and "only in the chroot" in before.plain, before.traceback
        told = preview(kernel, f"print(({seen}) == {before.plain})\nopen('kept', 'w').write('new\\n')\nopen('/out', 'w')")
        assert told["stdout"] == "True\n" and told["error"]["ename"] == "Denied"
        assert [(row["path"], row["change"], row["size"]) for row in told["files"]] == [(f"{ok}/kept", "changed", 4)]
        assert (ok / "kept").read_text() == "old\n" and not (root / "out").exists() and not os.path.exists("/out")
    finally:
        kernel.stop()
