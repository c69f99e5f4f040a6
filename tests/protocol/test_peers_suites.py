"""What the test suites of other kernels, clients and runners of notebooks ask of a kernel."""
import subprocess

import pytest
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from raw_kernel import arguments


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
    kernel = subprocess.Popen(arguments(*[word.format(file) for word in spelling], "--history", ":memory:"))
    client = BlockingKernelClient(connection_file=file)
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=20)
    finally:
        client.stop_channels()
        kernel.kill()
        kernel.wait()
