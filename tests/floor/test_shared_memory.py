"""What a session makes in shared memory goes with it, whoever made it; what is another program's stays."""
import os
import signal
from pathlib import Path

import pytest
from held import NUMBERS, Floor
from raw_kernel import wait_until

SHM = Path("/dev/shm")
NAME = f"safepyrun-test-{os.getpid()}-"
OPEN, LINK, RENAME, MKDIR = (NUMBERS[name] for name in ("open", "link", "rename", "mkdir"))

MADE = {
    "python": f"from multiprocessing import shared_memory\nkept = shared_memory.SharedMemory('{NAME}python', create=True, size=64)",
    "python without a name": "unnamed = shared_memory.SharedMemory(create=True, size=64)\nprint('/dev/shm/' + unnamed.name)",
    "native code": f"rawcall.call('here', {OPEN}, b'/dev/shm/{NAME}native', {os.O_CREAT | os.O_RDWR}, 0o600)",
    "a thread of native code": f"rawcall.call('thread', {OPEN}, b'/dev/shm/{NAME}thread', {os.O_CREAT | os.O_RDWR}, 0o600)",
    "a child": f"rawcall.call('child', {OPEN}, b'/dev/shm/{NAME}child', {os.O_CREAT | os.O_RDWR}, 0o600)",
    "a semaphore": f"import ctypes\nlibc = ctypes.CDLL(None)\nlibc.sem_open(b'/{NAME}semaphore', {os.O_CREAT | os.O_EXCL}, 0o600, 1)",
    "shm_open": f"ctypes.CDLL(None).shm_open(b'/{NAME}opened', {os.O_CREAT | os.O_RDWR}, 0o600)",
    "another name": f"rawcall.call('here', {LINK}, b'/dev/shm/{NAME}native', b'/dev/shm/{NAME}linked')",
    "a new name": f"rawcall.call('here', {RENAME}, b'/dev/shm/{NAME}child', b'/dev/shm/{NAME}renamed')",
    "a folder": f"rawcall.call('here', {MKDIR}, b'/dev/shm/{NAME}folder', 0o700)\n"
                f"rawcall.call('here', {OPEN}, b'/dev/shm/{NAME}folder/file', {os.O_CREAT | os.O_RDWR}, 0o600)",
}


def left():
    return sorted(name for name in os.listdir(SHM) if NAME in name)


@pytest.fixture
def theirs(request):
    "Names of another program in shared memory, which it takes away itself."
    paths = [SHM / f"{NAME}theirs-{i}" for i in range(2)]
    paths[0].write_text("before")
    yield paths
    for path in paths:
        path.unlink(missing_ok=True)


def make_all(kernel):
    "The names that a session of all these leaves, one of them Python's own."
    printed = [kernel.good(code).stream() for code in MADE.values()]
    unnamed = printed[list(MADE).index("python without a name")].strip()
    names = [NAME + name for name in ("python", "native", "thread", "opened", "linked", "renamed", "folder")]
    return [str(SHM / name) for name in names] + [f"{SHM}/sem.{NAME}semaphore", unnamed]


@pytest.mark.parametrize("end", ["shutdown", "terminate"])
def test_it_ends_with_the_session(tmp_path, extension, theirs, end):
    kernel = Floor(tmp_path, extension)
    try:
        made = make_all(kernel)
        theirs[1].write_text("meanwhile")
        assert all(map(os.path.exists, made)), [path for path in made if not os.path.exists(path)]
        if end == "shutdown":
            kernel.client.shutdown()
        else:
            kernel.signal(signal.SIGTERM)
        assert kernel.ended(10)
        assert not any(map(os.path.exists, made)), [path for path in made if os.path.exists(path)]
        assert [path.read_text() for path in theirs] == ["before", "meanwhile"]
        assert left() == sorted(path.name for path in theirs)
    finally:
        kernel.stop()
        for name in left():
            path = SHM / name
            path.unlink() if not path.is_dir() else [file.unlink() for file in path.iterdir()] + [path.rmdir()]


def test_what_is_there_in_its_place_stays(tmp_path, extension, theirs):
    kernel = Floor(tmp_path, extension)
    try:
        assert kernel.raw("open", theirs[1], os.O_CREAT | os.O_RDWR, 0o600) >= 0
        theirs[1].unlink()
        theirs[1].write_text("another program's by now")
        kernel.client.shutdown()
        assert kernel.ended(10)
        assert theirs[1].read_text() == "another program's by now" and theirs[0].read_text() == "before"
    finally:
        kernel.stop()


def test_what_a_person_permitted_stays(tmp_path, extension, theirs):
    kernel = Floor(tmp_path, extension)
    trusted, permitted = SHM / f"{NAME}trusted", SHM / f"{NAME}permitted"
    try:
        kernel.good(f"%%trusted\nopen({str(trusted)!r}, 'w').close()")
        kernel.good(f"%ok_dests --add /dev/shm\nopen({str(permitted)!r}, 'w').close()")
        kernel.client.shutdown()
        assert kernel.ended(10)
        assert trusted.exists() and permitted.exists()
    finally:
        kernel.stop()
        for path in (trusted, permitted):
            path.unlink(missing_ok=True)


def test_a_process_that_ended_meanwhile_left_it_to_the_session(tmp_path, extension):
    kernel = Floor(tmp_path, extension)
    path = SHM / f"{NAME}crashed"
    try:
        assert kernel.raw("open", path, os.O_CREAT | os.O_RDWR, 0o600) >= 0
        worker = kernel.worker
        os.kill(worker, signal.SIGKILL)
        assert wait_until(lambda: kernel.worker != worker)
        assert kernel.works and path.exists()  # a checkpoint of that process may be at work with it
        kernel.client.shutdown()
        assert kernel.ended(10)
        assert not path.exists()
    finally:
        kernel.stop()
        path.unlink(missing_ok=True)


def test_many_that_come_and_go_are_forgotten(tmp_path, extension):
    kernel = Floor(tmp_path, extension)
    try:
        kernel.good("from multiprocessing import shared_memory\nfor i in range(3000):\n"
                    f"    s = shared_memory.SharedMemory(f'{NAME}{{i}}', create=True, size=8)\n    s.close()\n    i % 30 and s.unlink()")
        assert len(left()) == 100
        kernel.client.shutdown()
        assert kernel.ended(10)
        assert left() == []
    finally:
        kernel.stop()
        for name in left():
            (SHM / name).unlink()
