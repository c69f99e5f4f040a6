"""What native code of a cell tries is asked about in place, as calls of Python are: the call waits, and the cell goes on with the answer."""
import errno
import os
import time

import psutil
import pytest
from held import NUMBERS
from test_approvals import Notebook, ok

PERMISSION = str(-errno.EACCES)


class Person(Notebook):
    "A kernel with a person, whose cells can make system calls past Python; each test has a folder `out` of its own."

    def __init__(self, folder, extension, config=""):
        super().__init__(folder, environment={"PYTHONPATH": str(extension)}, config=config + '\nallow = ["rawcall"]\n')
        ok(self.run("import rawcall, os\ncount = 0"))
        self.begin()

    def begin(self, name="out"):
        self.out = self.folder / name
        self.out.mkdir()
        return self

    def call(self, name, *arguments, how="here"):
        "The text of a native call."
        shown = ", ".join(repr(os.fsencode(a) if isinstance(a, os.PathLike) else a) for a in arguments)
        return f"rawcall.call({how!r}, {NUMBERS[name]}, {shown})"

    def makes(self, path, how="here"):
        "A call that makes a file; its descriptor is closed."
        return f"fd = {self.call('openat', -100, path, os.O_CREAT | os.O_WRONLY, 0o600, how=how)}\nfd if fd < 0 else os.close(fd)"


@pytest.fixture(scope="module")
def shared(tmp_path_factory, extension):
    kernel = Person(tmp_path_factory.mktemp("asked"), extension)
    yield kernel
    kernel.stop()


@pytest.fixture
def person(shared):
    shared.tests = getattr(shared, "tests", 0) + 1
    return shared.begin(f"out of test {shared.tests}")


@pytest.fixture
def own(tmp_path, extension):
    "A kernel of the test's own, to be started with its settings."
    kernels = []

    def start(**more):
        kernels.append(Person(tmp_path, extension, **more))
        return kernels[-1]
    yield start
    for kernel in kernels:
        kernel.stop()


# ---- answers ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("how", ["here", "locked", "thread"])
def test_a_yes_costs_one_question_and_no_second_run(person, how):
    cell = ok(person.ask(f"count = 0\ncount += 1\n{person.makes(person.out / 'a', how)}\ncount", "o"))
    question, = cell.asked
    assert f"native-code in {person.out}" in question and str(person.out / "a") in question and "Cell In[" in question
    assert cell.plain == "1" and cell.stream("stderr") == "" and os.listdir(person.out) == ["a"]


def test_once_is_for_the_folder_in_this_cell(person):
    code = person.makes(person.out / "a") + "\n" + person.makes(person.out / "b")
    assert len(ok(person.ask(code, "o")).asked) == 1 and len(os.listdir(person.out)) == 2
    cell = ok(person.ask(person.makes(person.out / "c"), "n"))
    assert len(cell.asked) == 1 and cell.plain == PERMISSION and len(os.listdir(person.out)) == 2


def test_a_session_lasts_and_is_for_that_folder_alone(person):
    (person.out / "in").mkdir()
    ok(person.ask(person.makes(person.out / "in" / "a"), "s"))
    cell = ok(person.ask(person.makes(person.out / "in" / "b")))
    assert cell.asked == [] and len(os.listdir(person.out / "in")) == 2
    cell = ok(person.ask(person.makes(person.out / "c"), "n"))
    assert len(cell.asked) == 1 and cell.plain == PERMISSION


def test_it_does_not_permit_what_python_does_there(person):
    ok(person.ask(person.makes(person.out / "a"), "s"))
    cell = person.ask(f"open({str(person.out / 'b')!r}, 'w')", "n")
    assert len(cell.asked) == 1 and cell.reply["ename"] == "Denied" and os.listdir(person.out) == ["a"]


def test_a_project_keeps_it(own):
    kernel = own()
    ok(kernel.ask(kernel.makes(kernel.out / "a"), "p"))
    assert 'native-code in ./out' in kernel.project.read_text()
    kernel.stop()
    (kernel.out / "a").unlink()
    kernel.out.rmdir()
    kernel = own()
    cell = ok(kernel.ask(kernel.makes(kernel.out / "b")))
    assert cell.asked == [] and os.listdir(kernel.out) == ["b"]


def test_a_no_holds_for_the_cell_and_is_told_as_ever(person):
    cell = ok(person.ask(person.makes(person.out / "a") + "\n" + person.makes(person.out / "b"), "n"))
    assert len(cell.asked) == 1 and cell.plain == PERMISSION and os.listdir(person.out) == []
    line = cell.stream("stderr").splitlines()[0]
    assert line.startswith("Refused: openat of") and f'%ok_dests --add "{person.out}"' in line


def test_a_call_on_two_places_asks_for_each(person):
    for name in ("from", "to"):
        (person.out / name).mkdir()
    (person.out / "from" / "a").write_text("x")
    cell = ok(person.ask(person.call("rename", person.out / "from" / "a", person.out / "to" / "a"), "o", "o"))
    assert len(cell.asked) == 2 and cell.plain == "0" and (person.out / "to" / "a").exists()


def test_a_yes_for_one_of_two_places_changes_neither(person):
    for name in ("from", "to"):
        (person.out / name).mkdir()
    (person.out / "from" / "a").write_text("x")
    cell = ok(person.ask(person.call("rename", person.out / "from" / "a", person.out / "to" / "a"), "o", "n"))
    assert cell.plain == PERMISSION and (person.out / "from" / "a").exists() and os.listdir(person.out / "to") == []


def test_a_folder_that_is_made_is_what_a_yes_is_for(person):
    cell = ok(person.ask(f"{person.call('mkdir', person.out / 'new', 0o755)}\n{person.makes(person.out / 'new' / 'a')}", "o"))
    assert f"native-code in {person.out / 'new'}\n" in cell.asked[0] and len(cell.asked) == 1
    assert os.listdir(person.out / "new") == ["a"]
    cell = ok(person.ask(person.call("mkdir", person.out / "other", 0o755), "n"))
    assert f'%ok_dests --add "{person.out / "other"}"' in cell.stream("stderr") and not (person.out / "other").exists()


def test_many_helpers_of_one_library_are_asked_about_once(person):
    code = f"[{', '.join(person.call('openat', -100, person.out / str(i), os.O_CREAT | os.O_WRONLY, 0o600, how='thread') for i in range(12))}]"
    cell = ok(person.ask(code, "o"))
    assert len(cell.asked) == 1 and len(os.listdir(person.out)) == 12


# ---- while it waits -----------------------------------------------------------------------------------------------------

def waiting(kernel, code):
    "Start a cell and wait for its question."
    msg_id = kernel.client.execute(code, allow_stdin=True)
    assert "native-code" in kernel.client.get_stdin_msg(timeout=10)["content"]["prompt"]
    return msg_id


def reply(kernel, msg_id, timeout=20):
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        answer = kernel.client.get_shell_msg(timeout=timeout)
        if answer["parent_header"].get("msg_id") == msg_id:
            return answer["content"]
    raise AssertionError("no reply")


@pytest.mark.parametrize("how", ["here", "locked", "thread"])
def test_an_interrupt_is_a_no_and_ends_the_cell(person, how):
    msg_id = waiting(person, f"{person.makes(person.out / 'a', how)}\nwhile True: pass")
    person.manager.interrupt_kernel()
    assert reply(person, msg_id)["ename"] == "KeyboardInterrupt" and os.listdir(person.out) == []
    assert person.run("1 + 1").plain == "2"


def test_control_answers(person):
    msg_id = waiting(person, person.makes(person.out / "a", "locked"))
    control = person.client.session.msg("kernel_info_request", {})
    person.client.control_channel.send(control)
    assert person.client.get_control_msg(timeout=10)["content"]["implementation"] == "safepyrun"
    person.client.input("o")
    assert reply(person, msg_id)["status"] == "ok" and os.listdir(person.out) == ["a"]


def test_nobody_answers(own):
    kernel = own(config="ask_timeout_s = 1\n")
    cell = ok(kernel.ask(kernel.makes(kernel.out / "a") + "\n" + kernel.makes(kernel.out / "b")))
    assert len(cell.asked) == 1 and cell.plain == PERMISSION and os.listdir(kernel.out) == []


def test_other_threads_go_on(person):
    code = ("import threading, time\nticks = []\nstop = False\n"
            "def tick():\n    while not stop:\n        ticks.append(time.time()); time.sleep(0.01)\n"
            "t = threading.Thread(target=tick); t.start()\n" + person.makes(person.out / "a") +
            "\nstop = True; t.join(); max(b - a for a, b in zip(ticks, ticks[1:])) < 0.5, len(ticks) > 50")
    msg_id = waiting(person, code)
    time.sleep(1)
    person.client.input("o")
    assert reply(person, msg_id)["status"] == "ok"
    assert person.run("max(b - a for a, b in zip(ticks, ticks[1:])) < 0.7, len(ticks) > 20").plain == "(True, True)"


def test_the_worker_is_killed(own):
    kernel = own()
    msg_id = waiting(kernel, f"pid = os.getpid()\n{kernel.makes(kernel.out / 'a', 'locked')}")
    front = kernel.manager.provisioner.process.pid
    for child in psutil.Process(front).children():
        child.kill()
    assert reply(kernel, msg_id)["status"] == "error"
    assert kernel.run("1 + 1").plain == "2" and os.listdir(kernel.out) == []
    ok(kernel.run("import rawcall, os"))
    assert len(ok(kernel.ask(kernel.makes(kernel.out / "a"), "o")).asked) == 1 and os.listdir(kernel.out) == ["a"]


def test_the_kernel_shuts_down(own):
    kernel = own()
    waiting(kernel, kernel.makes(kernel.out / "a", "locked"))
    kernel.manager.shutdown_kernel(now=False)
    assert not kernel.manager.is_alive() and os.listdir(kernel.out) == []


# ---- who is not asked about ---------------------------------------------------------------------------------------------

def test_without_a_person_it_is_refused_at_once(person):
    cell = ok(person.run(person.makes(person.out / "a")))
    assert cell.plain == PERMISSION and "Refused: openat" in cell.stream("stderr") and os.listdir(person.out) == []


@pytest.mark.parametrize("setting", ['on_refusal = "tell"', 'magics = "locked"'])
def test_a_kernel_that_asks_nobody(own, setting):
    kernel = own(config=setting)
    cell = ok(kernel.ask(kernel.makes(kernel.out / "a")))
    assert cell.asked == [] and cell.plain == PERMISSION and os.listdir(kernel.out) == []


def test_a_thread_of_pythons_is_not(person):
    code = f"import threading\ndone = []\ndef work():\n    done.append({person.call('mkdir', person.out / 'a', 0o755)})\n"
    cell = ok(person.ask(code + "t = threading.Thread(target=work); t.start(); t.join()\ndone[0]"))
    assert cell.asked == [] and cell.plain == PERMISSION and os.listdir(person.out) == []


def test_a_program_is_not(person):
    cell = ok(person.ask(person.call("mkdir", person.out / "a", 0o755, how="child")))
    assert cell.asked == [] and cell.plain == PERMISSION and os.listdir(person.out) == []


def test_what_a_library_keeps_for_itself_is_not(person):
    (person.out / ".cache").mkdir()
    cell = ok(person.ask(person.makes(person.out / ".cache" / "a")))
    assert cell.asked == [] and cell.plain == PERMISSION and os.listdir(person.out / ".cache") == []


def test_what_nobody_can_permit_is_not(person):
    cell = ok(person.ask(person.makes(person.folder / ".safepyrun.toml")))
    assert cell.asked == [] and not person.project.exists()
    cell = ok(person.ask(person.call("mkdir", "/proc/x", 0o755).replace("'/proc/x'", "b'/proc/x'")))
    assert cell.asked == []


def test_a_probe_is_not(person):
    cell = ok(person.ask(person.call("unlink", person.out / "not there")))
    assert cell.asked == [] and cell.plain == str(-errno.ENOENT)


# ---- with a library -----------------------------------------------------------------------------------------------------

def test_duckdb_copies_after_one_question(own):
    kernel = own()
    cell = ok(kernel.ask("import duckdb\nduckdb.sql(\"COPY (SELECT 1 AS a) TO 'out/x.csv'\")", "o", timeout=60))
    assert len(cell.asked) == 1 and (kernel.out / "x.csv").read_text() == "a\n1\n"
    cell = ok(kernel.ask("duckdb.sql(\"COPY (SELECT i, i % 3 AS p FROM range(9) t(i)) TO 'out/parts' (FORMAT parquet, PARTITION_BY (p))\")", "o", "o", timeout=60))
    assert len(list((kernel.out / "parts").rglob("*.parquet"))) == 3 and len(cell.asked) <= 2
    cell = kernel.ask("duckdb.sql(\"COPY (SELECT 1 AS a) TO 'out/y.csv'\")", "n", timeout=60)
    assert cell.reply["ename"] == "Denied" and "%ok_dests --add" in cell.reply["evalue"] and not (kernel.out / "y.csv").exists()


def test_an_interrupt_is_what_ends_the_cell_not_what_the_library_said(own):
    kernel = own()
    msg_id = waiting(kernel, "import lmdb\nlmdb.open('out/lm')")
    kernel.manager.interrupt_kernel()
    assert reply(kernel, msg_id)["ename"] == "KeyboardInterrupt" and os.listdir(kernel.out) == []
