"""%limits: how much cells may use, held by the front from outside."""
import os
import resource
import subprocess
import threading
import time

import pytest
from built import kernel_command
from held import NUMBERS
from processes import children, is_alive
from raw_kernel import RawKernel, wait_until

OFF = "%limits time=none memory=none files=none processes=none output=1G checkpoints=3"


@pytest.fixture
def held(shared):
    "A kernel without limits; whatever the last test has set and lost."
    shared.good(f"{OFF}\n%ok_dests --add {shared.ok}\n%allow rawcall\nimport os, rawcall")  # a new process, perhaps
    return shared


class Asking(RawKernel):
    "A kernel whose person answers what it asks."

    def good(self, code):
        cell = self.run(code)
        assert cell.reply["status"] == "ok", cell.traceback
        return cell


@pytest.fixture
def start_limited(tmp_path):
    "Kernels with options, an environment, a config.toml of their own."
    kernels = []

    def start(*options, config="", environment=None):
        folder = tmp_path / f"kernel {len(kernels)}"
        (folder / "config" / "safepyrun").mkdir(parents=True)
        (folder / "config" / "safepyrun" / "config.toml").write_text(config)
        kernels.append(Asking(folder, *options, environment=environment))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.stop()


def table(kernel):
    "What `%limits` shows: name -> (at most, in use)."
    cell = kernel.good("%limits")
    shown, = (m["content"]["data"]["text/plain"] for m in cell.messages if m["msg_type"] == "display_data")
    return {words[0]: (words[1], " ".join(words[2:])) for words in (line.split() for line in shown.splitlines()[1:])}


def exceeded(cell, word):
    "Did this cell end by that limit, and say so with what permits more?"
    assert cell.reply["status"] == "error", cell.stream()
    assert cell.reply["ename"] == "LimitExceeded", cell.traceback
    assert f"the limit {word}:" in cell.reply["evalue"]
    name = word.partition("=")[0]
    assert f"%limits {name}=" in cell.reply["evalue"]
    error, = (m["content"] for m in cell.messages if m["msg_type"] == "error")
    assert error["ename"] == "LimitExceeded" and word in error["traceback"][-1]
    return cell


def ended(cell):
    return "the Python process was ended" in cell.reply["evalue"]


# ---- by default, and set

def test_nothing_is_limited_by_default_but_output(floor):
    assert {name: most for name, (most, used) in table(floor).items()} == {
        "time": "none", "memory": "none", "output": "1G", "files": "none", "processes": "none", "checkpoints": "3"}


def test_what_is_in_use_is_shown(held):
    held.good(f"%limits files=1G\nheap = bytearray(40_000_000)\nfor i in range(0, 40_000_000, 4096): heap[i] = 1\n"
              f"_ = open('{held.ok}/shown', 'wb').write(bytes(3 << 20))")
    shown = table(held)
    assert 40 <= float(shown["memory"][1].removesuffix("M")) < 400
    assert shown["files"] == ("1G", "3M")
    held.good("del heap")


def test_states_to_go_back_to_are_counted_without_that_of_now(start_limited):
    "Three earlier ones are kept, and no more are in use however many cells have run."
    kernel, used = start_limited(), set()
    for cell in range(60):
        kernel.good(f"state = {cell}")
        used.add(int(table(kernel)["checkpoints"][1]))
        time.sleep(0.05)
    assert max(used) == 3


@pytest.mark.parametrize("typed, shown", [("time=90", "90s"), ("time=1.5s", "1500ms"), ("time=2min", "2m"), ("memory=1.5G", "1536M"),
                                          ("memory=512MiB", "512M"), ("files=10mb", "10M"), ("output=2000", "2000"),
                                          ("processes=0", "0"), ("checkpoints=0", "0"), ("time=3h", "3h")])
def test_how_limits_are_written(held, typed, shown):
    held.good(f"%limits {typed}")
    assert table(held)[typed.partition("=")[0]][0] == shown


@pytest.mark.parametrize("words, told", [
    ("time", "time is no limit: NAME=VALUE"), ("time=", "time takes a time"), ("time=soon", "not soon"), ("time=-1", "takes a time"),
    ("time=0", "takes a time"), ("memory=2X", "takes a size, such as 500M, 2G or none"), ("memory=1e400", "takes a size"),
    ("memory=0x10", "takes a size"), ("memory=nan", "takes a size"), ("processes=1.5", "takes a number"), ("processes=-3", "takes a number"),
    ("checkpoints=9", "takes a number, 0 to 8"), ("checkpoints=none", "takes a number"), ("cpu=3", "no limit of the name cpu"),
    ("time=5s memory", "memory is no limit"), ("=3", "no limit of the name "), ("time=" + "9" * 300, "takes a time")])
def test_a_wrong_value_is_an_error_and_changes_nothing(held, words, told):
    cell = held.run(f"%limits time=77s {words}")
    assert cell.reply["ename"] == "UsageError" and told in cell.reply["evalue"]
    assert table(held)["time"][0] == "none"


# ---- each limit, from Python and from elsewhere

def test_a_cell_that_runs_too_long_is_interrupted(held):
    held.good("%limits time=300ms\nkept = 5")
    cell = exceeded(held.run("while True: pass"), "time=300ms")
    assert not ended(cell) and "KeyboardInterrupt" not in cell.traceback
    assert held.run("kept").plain == "5"


def test_waiting_counts_as_running(held):
    held.good("%limits time=300ms")
    exceeded(held.run("import time; time.sleep(60)"), "time=300ms")
    exceeded(held.run("import asyncio\nawait asyncio.sleep(60)"), "time=300ms")


def test_a_cell_that_goes_on_is_ended_with_its_process(held):
    held.good("%limits time=300ms")
    assert ended(exceeded(held.run("while True:\n    try:\n        for i in range(10**9): len([])\n    except KeyboardInterrupt: pass"), "time=300ms"))
    assert table(held)["time"][0] == "300ms", "the limits are the session's, not the process's"


def test_first_comes_an_interrupt_and_then_the_end(held):
    """Given a cell that swallows its interrupt and goes on, then it hears one interrupt by name and no second, and its process ends;
    what is said names the limit and the end."""
    heard = held.ok / "heard"
    heard.unlink(missing_ok=True)
    held.good("%limits time=300ms")
    worker = held.worker
    cell = held.run(f"""
file = open({str(heard)!r}, "a", buffering=1)
print("begins")
while True:
    try:
        for i in range(10 ** 9): len([])
    except BaseException as error: file.write(type(error).__name__ + "\\n")""")
    assert ended(exceeded(cell, "time=300ms")) and cell.stream("stdout") == "begins\n"
    assert heard.read_text() == "KeyboardInterrupt\n" and not is_alive(worker)
    assert held.works and held.worker != worker


def test_code_in_c_that_holds_the_interpreter_is_ended(held):
    held.good("%limits time=300ms")
    assert ended(exceeded(held.run("rawcall.forever('spin')"), "time=300ms"))
    assert held.works


def test_variables_outlive_a_limit_as_they_do_a_crash(floor):
    kernel = floor
    kernel.good("precious = list(range(1000))")
    before = set(children(kernel.process.pid))
    kernel.good("%checkpoint")
    assert wait_until(lambda: set(children(kernel.process.pid)) - before)
    kernel.good("%limits time=300ms")
    cell = exceeded(kernel.run("rawcall.forever('spin')"), "time=300ms")
    assert ended(cell) and "the session goes on with the variables" in cell.reply["evalue"]
    assert kernel.run("len(precious)").plain == "1000"


def test_a_persons_answer_takes_no_time_of_the_cell(held):
    held.good("%limits time=500ms")
    cell = held.ask("x = input('name? '); print(x)")
    threading.Timer(1.2, lambda: held.client.input("ada")).start()
    seen = held.finish_cell(cell)
    assert seen.reply["status"] == "ok" and "ada" in seen.stream(), seen.traceback


def test_what_is_no_cell_is_answered_as_before(held):
    held.good("%limits time=300ms")
    msg_id = held.request("is_complete_request", {"code": "1 + 1"})
    assert held.reply()["content"]["status"] == "complete"
    held.published(msg_id)


def test_memory_is_held(held):
    held.good("%limits memory=200M")
    exceeded(held.run("grown = []\nwhile True: grown.append(bytearray(b'x') * (1 << 20))"), "memory=200M")
    assert held.run("grown = None; 1").plain == "1"


def test_memory_that_was_taken_can_be_given_back(held):
    held.good("grown = bytearray(b'x') * (300 << 20)")
    held.good("%limits memory=100M")
    assert held.run("len(grown)").plain == str(300 << 20), "what was there may stay"
    exceeded(held.run("more = bytearray(b'x') * (200 << 20)\nwhile True: pass"), "memory=100M")
    held.good("grown = more = None")
    assert float(table(held)["memory"][1].removesuffix("M")) < 100


def test_a_cell_that_gives_memory_back_and_ends_late(held):
    held.good("%limits memory=200M\nimport time")
    exceeded(held.run("try:\n    lost = bytearray(b'x') * (300 << 20)\n    while True: pass\nexcept KeyboardInterrupt:\n"
                      "    lost = None\n    time.sleep(3)\n    raise"), "memory=200M")
    assert held.run("lost is None").plain == "True", "it ended by itself"


def test_memory_that_lies_free_in_the_heap_is_not_in_use(held):
    "Blocks of which the last stays: the heap does not end where they were, and nothing goes back by itself."
    held.good("%limits memory=300M\nimport time")
    blocks = "blocks = [bytearray(b'x') * (100 << 10) for i in range(2000)]\nlast = blocks[-1]\nblocks = None"
    held.good(f"{blocks}\nmore = bytearray(b'x') * (150 << 20)\ntime.sleep(0.5)\nmore = None")
    exceeded(held.run("blocks = []\ntry:\n    for i in range(4000): blocks.append(bytearray(b'x') * (100 << 10))\n    while True: pass\n"
                      "except KeyboardInterrupt:\n    last = blocks[-1]\n    blocks = None\n    time.sleep(3)\n    raise"), "memory=300M")
    assert held.run("blocks is None").plain == "True", "it ended by itself"


def test_memory_that_is_kept_for_small_objects_is_not_in_use(start_limited):
    "The worker keeps some MB of what CPython gave back: they go to the system when they would be counted."
    kernel = start_limited()
    used = float(table(kernel)["memory"][1].removesuffix("M"))
    kernel.good(f"%limits memory={used + 19:.0f}M\nimport time")
    kernel.good("small = [(i,) for i in range(100_000)]\nsmall = None\n"
                "large = bytearray(b'x') * (15 << 20)\ntime.sleep(0.5)\nlarge = None")


def test_memory_that_was_given_back_is_no_cells_to_take_again(held):
    held.good("%limits memory=200M")
    exceeded(held.run("blocks = []\nwhile True: blocks.append(bytearray(b'x') * (100 << 10))"), "memory=200M")
    held.good("last = blocks[-1]\nblocks = None")
    exceeded(held.run("blocks = [bytearray(b'x') * (100 << 10) for i in range(2100)]\nwhile True: pass"), "memory=200M")
    held.good("blocks = last = None")


def test_memory_that_c_code_takes(held):
    held.good("%limits memory=200M")
    assert ended(exceeded(held.run("rawcall.forever('memory')"), "memory=200M"))
    assert held.works


def test_memory_of_a_thread(held):
    held.good("%limits memory=200M\nimport threading")
    exceeded(held.run("grown = []\ndef grow():\n    while len(grown) < 2000: grown.append(bytearray(b'x') * (1 << 20))\n"
                      "threading.Thread(target=grow, daemon=True).start()\nwhile True: pass"), "memory=200M")
    held.run("grown = range(3000)")


def test_memory_of_a_child(held):
    held.good("%limits memory=200M")
    exceeded(held.run("%%trusted\nimport subprocess, sys\nsubprocess.run([sys.executable, '-c', "
                      "'x = []\\nwhile True: x.append(bytearray(b\"x\") * (1 << 20))'])"), "memory=200M")
    assert held.works


def test_a_forks_memory_counts_once(held):
    held.good("heap = bytearray(b'x') * (120 << 20)\n%limits memory=250M")
    held.good("%%trusted\nimport os, time\npids = []\nfor i in range(4):\n    pid = os.fork()\n    if not pid:\n"
              "        time.sleep(0.5)\n        os._exit(0)\n    pids.append(pid)\nfor pid in pids: os.waitpid(pid, 0)")
    held.good("heap = None")


def test_a_program_that_is_being_started_has_no_memory_of_its_own(held):
    "Until it is another program it has its parent's; so has the process that makes a checkpoint."
    held.good("heap = bytearray(b'x') * (120 << 20)\n%limits memory=200M")
    for _ in range(3):
        held.good("%%trusted\nimport subprocess\nfor i in range(60): subprocess.run(['true'], check=True)")
        held.good("%checkpoint")
    held.good("heap = None")


def test_a_warning_comes_before_the_limit(held):
    most = f"{float(table(held)['memory'][1].removesuffix('M')) + 400:.0f}M"  # of what the cells before left, too
    held.good(f"%limits memory={most}")
    cell = held.good("near = bytearray(b'x') * (350 << 20)\nimport time; time.sleep(0.3)")
    said = cell.stream("stderr")
    assert f"in use, the limit is {most}" in said and said.count("\n") == 1, "once a cell"
    held.good("near = None")
    cell = held.good("far = bytearray(b'x') * (200 << 20)\nimport time; time.sleep(0.3)")
    assert cell.stream("stderr") == "", "far from the limit nothing is said"
    held.good("far = None")


def test_memory_is_what_the_process_has_for_itself(held):
    "Pages of a file that are read are the system's, to be taken back at any time; shared memory is not."
    (held.ok / "large").write_bytes(bytes(300 << 20))
    held.good("%limits memory=200M\nimport mmap, time\nfrom multiprocessing import shared_memory")
    held.good(f"file = open({str(held.ok / 'large')!r}, 'rb')\npages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)\n"
              "assert sum(pages[i] for i in range(0, len(pages), 4096)) == 0\ntime.sleep(0.3)\npages.close(), file.close()")
    cell = held.run("large = shared_memory.SharedMemory(create=True, size=300 << 20)\n"
                    "for i in range(0, large.size, 4096): large.buf[i] = 1\nwhile True: pass")
    exceeded(cell, "memory=200M")
    held.run("large.close(), large.unlink()")
    (held.ok / "large").unlink()


def test_output_is_held_at_the_byte(held):
    held.good("%limits output=5k")
    cell = exceeded(held.run("for i in range(100000): print('%09d' % i)\nwhile True: pass"), "output=5k")
    assert cell.stream("stdout") == "".join(f"{i:09d}\n" for i in range(512))


def test_output_of_c_code(held):
    held.good("%limits output=5k")
    cell = exceeded(held.run("rawcall.forever('write', 1)"), "output=5k")
    assert ended(cell) and cell.stream("stdout") == "x" * 5120


def test_output_that_would_fill_the_disk_is_held_by_itself(tmp_path):
    "Half of what the disk has left, on which the notebook lies: here 40 MB."
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("this machine gives no mount namespaces (unshare)")
    (tmp_path / "disk").mkdir()
    mount = 'mount -t tmpfs -o size=40m none "$0" && cd "$0" && exec "$@"'
    kernel = Asking(tmp_path / "kernel", "--magics", "open", before=("unshare", "--mount", "sh", "-c", mount, tmp_path / "disk"))
    try:
        assert table(kernel)["output"][0] == "1G"
        kernel.good("print('x' * (10 << 20))")
        cell = kernel.run("for i in range(60): print('x' * (1 << 20))\nwhile True: pass")
        assert cell.reply["ename"] == "LimitExceeded" and 19 << 20 < len(cell.stream("stdout")) < 21 << 20
        assert "half of what the disk has left" in cell.reply["evalue"] and "%limits output=" in cell.reply["evalue"]
        kernel.good(cell.reply["evalue"].partition("; ")[2].partition(" permits")[0])
        kernel.good("for i in range(30): print('x' * (1 << 20))")
    finally:
        kernel.stop()


def test_what_is_displayed_is_output(held):
    held.good("%limits output=5k")
    cell = held.run("for i in range(40): display('x' * 1000)\nimport time; time.sleep(30)")
    exceeded(cell, "output=5k")
    assert sum(m["msg_type"] == "display_data" for m in cell.messages) == 4


def test_a_cell_that_ended_before_its_interrupt_says_so(held):
    held.good("%limits output=5k")
    cell = held.run("print('x' * 20000)")
    assert "output=5k" in cell.stream("stderr") + cell.reply.get("evalue", "")
    assert cell.stream("stdout") == "x" * 5120


@pytest.mark.parametrize("place", ["ok", "shm", "lent shm", "scratch"])
def test_files_are_held(held, place):
    held.good("%limits files=8M")
    path = {"ok": f"'{held.ok}/grows'", "scratch": "tempfile.gettempdir() + '/grows'"}.get(place, f"'/dev/shm/grows-{os.getpid()}'")
    if place == "shm":
        held.good("%ok_dests --add /dev/shm")
    cell = held.run(f"import tempfile\npath = {path}\nwith open(path, 'wb') as file:\n    while True: file.write(bytes(1 << 16))")
    assert cell.reply["status"] == "error"
    assert "files=8M" in cell.reply["evalue"] + cell.stream("stderr"), cell.traceback
    size = int(held.run("os.path.getsize(path)").plain)
    held.good("os.unlink(path)")
    assert size < 2 << 30
    assert held.run("1").plain == "1"


def test_a_limit_of_the_systems_own_is_as_it_was_afterwards(held):
    hard = resource.prlimit(held.worker, resource.RLIMIT_FSIZE)[1]
    mine = (3 << 30, hard)
    resource.prlimit(held.worker, resource.RLIMIT_FSIZE, mine)
    worker = held.worker
    held.good("%limits files=8M")
    assert held.run(f"with open('{held.ok}/grows3', 'wb') as file:\n    while True: file.write(bytes(1 << 16))").reply["status"] == "error"
    (held.ok / "grows3").unlink()
    assert held.worker == worker, "the cell was interrupted, not ended"
    assert wait_until(lambda: resource.prlimit(worker, resource.RLIMIT_FSIZE) == mine)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (hard, hard))


def test_files_that_c_code_writes(held):
    held.good(f"file = open('{held.ok}/grows2', 'wb')\n%limits files=8M")
    cell = held.run("rawcall.forever('write', file.fileno())")
    assert ended(exceeded(cell, "files=8M"))
    held.run("file.close()")  # where the session went on from after that cell; open, it would still count
    os.unlink(held.ok / "grows2")
    assert held.works


def test_many_small_files_and_files_that_were_moved_count(held):
    held.good("%limits files=8M")
    held.run(f"for i in range(4000):\n    with open('{held.ok}/part', 'wb') as f: f.write(bytes(1 << 16))\n"
             f"    os.rename('{held.ok}/part', f'{held.ok}/whole{{i}}')\nwhile True: pass")
    written = list(held.ok.glob("whole*"))
    for file in written:
        file.unlink()
    assert len(written) >= 100 and "files=8M" in str(held.good("%audit").messages) + str(held.log)


def test_a_file_without_a_name_counts(held):
    held.good("%limits files=8M")
    cell = held.run("rawcall.forever('write', rawcall.call('here', %d, b'm', 0))" % NUMBERS["memfd_create"])
    assert ended(exceeded(cell, "files=8M"))
    assert held.works


def test_what_a_file_had_before_does_not_count(held):
    (held.ok / "old").write_bytes(bytes(20 << 20))
    held.good("%limits files=8M")
    held.good(f"with open('{held.ok}/old', 'ab') as f: f.write(b'more')\nimport time; time.sleep(0.2)")
    held.good(f"os.rename('{held.ok}/old', '{held.ok}/older')\ntime.sleep(0.2)")


def test_processes_are_held(held):
    held.good("%limits processes=3")
    cell = held.run("%%trusted\nimport subprocess, time\nfew = [subprocess.Popen(['sleep', '60']) for i in range(6)]\ntime.sleep(30)")
    exceeded(cell, "processes=3")
    held.run("%%trusted\nfor p in few: p.kill(); p.wait()")
    assert held.works


def test_processes_that_c_code_starts(held):
    held.good("%limits processes=2")
    cell = held.run("pids = [rawcall.child() for i in range(5)]\nrawcall.forever('spin')")
    assert ended(exceeded(cell, "processes=2"))
    assert held.works


def test_processes_within_the_limit_are_free(held):
    held.good("%limits processes=3")
    held.good("%%trusted\nimport subprocess\nfor i in range(12): subprocess.run(['true'], check=True)")


def test_what_a_cell_left_running_is_held_too(held):
    held.good("%limits memory=250M")
    worker = held.worker
    cell = held.good("%%trusted\nimport subprocess, sys\nleft = subprocess.Popen([sys.executable, '-c', "
                     "'import time; time.sleep(1); x = bytearray(b\"x\") * (400 << 20); time.sleep(60)'], start_new_session=True)\n"
                     "print(left.pid)")
    pid = int(cell.stream())
    assert wait_until(lambda: not is_alive(pid), 30), "nobody's cell, and above the limit"
    assert wait_until(lambda: not is_alive(worker), 30)
    held.run("1")  # which may come while the front does not know yet
    assert held.works


# ---- who may

def test_a_cell_may_lower_and_only_a_person_may_raise(start_limited):
    kernel = start_limited()
    kernel.good("%limits time=60s memory=2G")
    kernel.good("%limits time=30s")
    assert table(kernel)["time"][0] == "30s"
    refused = kernel.run("%limits time=40s")
    assert refused.reply["status"] == "error" and refused.reply["ename"] != "UsageError"
    assert table(kernel)["time"][0] == "30s"
    mixed = kernel.run("%limits memory=1G time=none")
    assert mixed.reply["status"] == "error" and table(kernel)["memory"][0] == "2G", "a refused question changes nothing"


@pytest.mark.parametrize("answer, now, later", [("n", "30s", "30s"), ("s", "40s", "40s"), ("o", "40s", "30s")])
def test_raising_asks(start_limited, answer, now, later):
    kernel = start_limited()
    kernel.good("%limits time=30s")
    cell = kernel.ask("%limits time=40s memory=1G", answer)
    assert "time=40s" in kernel.question["content"]["prompt"] and "time=30s" in kernel.question["content"]["prompt"]
    kernel.finish_cell(cell)
    assert table(kernel)["time"][0] == now
    assert table(kernel)["time"][0] == later


# ---- settings

def test_config_environment_and_arguments(start_limited):
    kernel = start_limited("--limits", "time=10s,files=1G", config="[limits]\ntime = 20\nmemory = '3G'\ncheckpoints = 2\n")
    shown = {name: most for name, (most, used) in table(kernel).items()}
    assert shown == {"time": "10s", "memory": "3G", "output": "1G", "files": "1G", "processes": "none", "checkpoints": "2"}
    other = start_limited(environment={"SAFEPYRUN_LIMITS": "processes=9"})
    assert table(other)["processes"][0] == "9"


def test_a_wrong_argument_ends_the_start(tmp_path):
    ended = subprocess.run(kernel_command("-f", tmp_path / "none.json", "--limits", "time=soon"), capture_output=True, text=True)
    assert ended.returncode == 2 and "--limits: time takes a time, such as 30s, 5m or none, not soon" in ended.stderr
    ended = subprocess.run(kernel_command("-f", tmp_path / "none.json"), capture_output=True, text=True,
                           env={**os.environ, "SAFEPYRUN_LIMITS": "speed=3"})
    assert ended.returncode == 2 and "no limit of the name speed" in ended.stderr


def test_files_need_the_floor(start_limited):
    kernel = start_limited("--floor", "off")
    cell = kernel.run("%limits files=1G")
    assert cell.reply["ename"] == "UsageError" and "where the floor is on" in cell.reply["evalue"]
    kernel.good("%limits time=300ms")
    exceeded(kernel.run("while True: pass"), "time=300ms")
