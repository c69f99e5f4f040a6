"""Each allocation of the worker's own code fails in turn, in a real kernel: every request has its reply all the same, and the session
goes on as it was."""
import mmap
import os
import struct
import subprocess
import time
from pathlib import Path
from queue import Empty

import pytest

from raw_kernel import RawKernel


class Short(RawKernel):
    "A kernel whose memory is short when a test says so."

    def __init__(self, folder):
        folder.mkdir()
        library, switch = folder / "memory_short.so", folder / "switch"
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", str(Path(__file__).parent / "memory_short.c"), "-o",
                        str(library)], check=True)
        switch.write_bytes(struct.pack("ii", -1, 0))
        with switch.open("r+b") as file:
            self.switch = mmap.mmap(file.fileno(), 8)
        super().__init__(folder / "kernel", "--host", "python", "--magics", "open",
                         environment={"LD_PRELOAD": str(library), "MEMORY_SHORT": str(switch)})

    def fail_after(self, count):
        "Of the worker's allocations, the one that comes after `count` others will fail."
        self.switch[:] = struct.pack("ii", count, 0)

    def enough(self):
        "From now on there is memory. Had there been none?"
        failed = struct.unpack("ii", self.switch[:])[1]
        self.switch[:] = struct.pack("ii", -1, 0)
        return failed > 0


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    kernel = Short(tmp_path_factory.mktemp("short") / "kernel")
    yield kernel
    kernel.stop()


REQUESTS = {
    "execute": lambda client: client.execute("kept.append(1); print(len(kept))\nlen(kept)"),
    "display": lambda client: client.execute("import IPython.display\nfor i in range(3): display({'text/plain': str(i)}, raw=True)"),
    "query": lambda client: client.execute("%policy json.dumps\n%limits"),
    "widening": lambda client: client.execute("%ok_dests --add /tmp/safepyrun-none\n%ok_dests --remove /tmp/safepyrun-none"),
    "error": lambda client: client.execute("1 / 0"),
    "refused": lambda client: client.execute("import os\nos.unlink('none')", allow_stdin=False),
    "input": lambda client: client.execute("answer = input('?')"),
    "complete": lambda client: client.complete("kept.app"),
    "inspect": lambda client: client.inspect("kept"),
    "is_complete": lambda client: client.is_complete("def f():"),
    "comm_info": lambda client: client.comm_info(),
}


def answered(kernel, msg_id, seconds=20):
    "The reply to it; a question meanwhile is answered."
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            reply = kernel.client.get_shell_msg(timeout=0.05)
            if reply["parent_header"].get("msg_id") == msg_id:
                return reply["content"]
        except Empty:
            pass
        try:
            kernel.client.get_stdin_msg(timeout=0)
            kernel.client.input("an answer")
        except Empty:
            pass
    return None


@pytest.mark.parametrize("name", REQUESTS)
def test_every_request_has_its_reply(short, name):
    kernel, worker = short, short.worker
    assert kernel.run("kept = []").reply["status"] == "ok"
    for count in range(2000):
        kernel.fail_after(count)
        msg_id = REQUESTS[name](kernel.client)
        reply = answered(kernel, msg_id)
        failed = kernel.enough()
        assert reply is not None, f"no reply when allocation {count} failed"
        assert reply["status"] in ("ok", "error", "incomplete", "unknown")
        kernel.published(msg_id)
        assert kernel.worker == worker, f"the process ended when allocation {count} failed"
        if not failed:
            break
    assert 0 < count < 1999, "some failed, and it ended"
    assert kernel.run("isinstance(kept, list)").plain == "True"


def until_none_fails(kernel, what):
    "what(count) for each allocation that fails in its turn; it says whether one did."
    for count in range(2000):
        kernel.fail_after(count)
        if not what(count):
            assert count > 0
            return
    raise AssertionError("it does not end")


def test_a_subshell_answers_all_the_same(short):
    """Given a subshell that is made, used and deleted, when an allocation fails at any of that, then there is a reply, with the value
    or with what went wrong, and the next subshell works."""
    def make_use_and_delete(count):
        subshell = short.control("create_subshell_request")["subshell_id"]
        msg_id = short.send_to_subshell(subshell, "1 + 1")
        reply = answered(short, msg_id)
        failed = short.enough()
        assert reply is not None, f"no reply when allocation {count} failed"
        assert reply["status"] == "ok" or failed
        short.published(msg_id)
        short.control("delete_subshell_request", subshell_id=subshell)
        return failed

    until_none_fails(short, make_use_and_delete)


def test_a_rule_that_there_was_no_memory_for_holds_from_the_next_cell_on(short):
    """Given %deny and %ok_dests that were agreed to, when the worker has no memory for the rules that follow from them, then they come
    again: a cell does not go on with what it had before."""
    folder = short.file.parent / "out"
    folder.mkdir()

    def deny(count):
        denied = short.run(f"%ok_dests --add {folder}\n%deny textwrap.dedent").reply["status"]
        failed = short.enough()
        short.run("1") # what was lost is asked for here
        if denied == "ok":
            cell = short.run(f"open({str(folder / str(count))!r}, 'w').close()\nimport textwrap; textwrap.dedent('a')")
            assert cell.reply["ename"] == "Denied" and "textwrap.dedent" in cell.reply["evalue"], f"allocation {count}"
            assert (folder / str(count)).exists(), f"allocation {count}"
        assert short.run(f"%allow textwrap.dedent\n%ok_dests --remove {folder}").reply["status"] in ("ok", "error")
        return failed

    until_none_fails(short, deny)
