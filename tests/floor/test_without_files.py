"""What reaches other programs, or stays behind, and is no file: System V's shared memory, semaphores and queues, POSIX's queues, the
owners of descriptors, sockets that are given no name. The effect is looked for."""
import contextlib
import ctypes
import errno
import os
import signal
import socket
import struct
import subprocess

import pytest
from held import NUMBERS, Floor
from raw_kernel import wait_until
from test_net import Server

HOW = ("here", "thread", "child", "grandchild")
PRIVATE, CREATE, EXCLUSIVE, REMOVE, SET, STATUS, READ_ONLY = 0, 0o1000, 0o2000, 0, 1, 2, 0o10000
SETVAL, GETVAL = 16, 12
KEY = 0x5AFE0000 | os.getpid() & 0xffff
libc = ctypes.CDLL(None, use_errno=True)


def mine(name, *arguments):
    "A system call of this test's own, which is another program."
    values = [ctypes.c_char_p(a) if isinstance(a, bytes) else ctypes.c_long(a) for a in arguments]
    result = libc.syscall(ctypes.c_long(NUMBERS[name]), *values)
    return result if result >= 0 else -ctypes.get_errno()


# ---- System V's

OBJECTS = {"shared memory": ("shm", (4096,), ()), "semaphores": ("sem", (1,), (0,)), "queue": ("msg", (), ())}


def control(call, kind, number, command, *rest):
    word, _, counted = OBJECTS[kind]
    return call(word + "ctl", number, *counted, command, *rest)


def is_there(kind, number):
    return control(mine, kind, number, STATUS, bytes(256)) >= 0


@pytest.fixture(params=OBJECTS)
def theirs(request):
    "One that another program made, with a key."
    word, size, _ = OBJECTS[request.param]
    number = mine(word + "get", KEY, *size, CREATE | EXCLUSIVE | 0o600)
    assert number >= 0
    yield request.param, number
    control(mine, request.param, number, REMOVE, 0)


@pytest.mark.parametrize("how", HOW)
def test_what_another_program_made_stays_as_it_is(shared, theirs, how):
    kind, number = theirs
    word, size, _ = OBJECTS[kind]

    def raw(name, *arguments):
        return shared.raw(name, *arguments, how=how)

    before = bytearray(256)
    control(mine, kind, number, STATUS, bytes(before))
    assert raw(word + "get", KEY, *size, CREATE | 0o600) == number  # its number says nothing
    assert raw(word + "get", KEY, *size, CREATE | EXCLUSIVE | 0o600) == -errno.EEXIST
    assert control(raw, kind, number, STATUS, bytes(256)) >= 0
    for command in (REMOVE, SET):
        assert control(raw, kind, number, command, bytes(256)) == -errno.EACCES
    assert is_there(kind, number)


def test_shared_memory_of_others_is_read_and_not_written(shared):
    number = mine("shmget", KEY, 4096, CREATE | EXCLUSIVE | 0o600)
    libc.shmat.restype = ctypes.c_void_p
    address = libc.shmat(number, None, 0)
    ctypes.memmove(address, b"theirs", 7)
    try:
        shared.good("import ctypes\nlibc = ctypes.CDLL(None)\nlibc.shmat.restype = ctypes.c_void_p")
        assert shared.good(f"libc.shmat({number}, None, 0) == 2 ** 64 - 1").plain == "True"
        assert shared.good(f"ctypes.string_at(libc.shmat({number}, None, {READ_ONLY}))").plain == "b'theirs'"
        for how in HOW:
            assert shared.raw("shmat", number, 0, 0, how=how) == -errno.EACCES
        assert ctypes.string_at(address) == b"theirs"
    finally:
        libc.shmdt(ctypes.c_void_p(address))
        mine("shmctl", number, REMOVE, 0)


def test_a_queue_of_others_keeps_its_messages(shared):
    number = mine("msgget", KEY, CREATE | EXCLUSIVE | 0o600)
    message = struct.pack("=q8s", 1, b"theirs")
    try:
        assert mine("msgsnd", number, message, 8, 0) == 0
        for how in HOW:
            assert shared.raw("msgrcv", number, bytes(64), 8, 0, 0o4000, how=how) == -errno.EACCES
            assert shared.raw("msgsnd", number, struct.pack("=q8s", 1, b"ours"), 8, 0o4000, how=how) == -errno.EACCES
        heard = ctypes.create_string_buffer(64)
        assert libc.msgrcv(number, heard, 8, 0, 0o4000) == 8 and heard.raw[8:14] == b"theirs"
        assert libc.msgrcv(number, heard, 8, 0, 0o4000) == -1
    finally:
        mine("msgctl", number, REMOVE, 0)


def test_semaphores_of_others_keep_their_values(shared):
    number = mine("semget", KEY, 1, CREATE | EXCLUSIVE | 0o600)
    up = struct.pack("=Hhh", 0, 1, 0)
    try:
        for how in HOW:
            assert shared.raw("semop", number, up, 1, how=how) == -errno.EACCES
            assert shared.raw("semtimedop", number, up, 1, 0, how=how) == -errno.EACCES
            assert shared.raw("semctl", number, 0, SETVAL, 7, how=how) == -errno.EACCES
            assert shared.raw("semctl", number, 0, GETVAL, 0, how=how) == 0
        assert mine("semctl", number, 0, GETVAL, 0) == 0
    finally:
        mine("semctl", number, 0, REMOVE, 0)


def test_what_is_not_there_is_not_there(shared):
    for kind, (word, size, _) in OBJECTS.items():
        assert shared.raw(word + "get", KEY, *size, 0o600) == -errno.ENOENT
        assert control(shared.raw, kind, 2**30, REMOVE, 0) == -errno.EINVAL
    assert shared.raw("shmat", 2**30, 0, 0) == -errno.EINVAL


@pytest.mark.parametrize("key", [PRIVATE, KEY])
def test_a_session_uses_what_it_made_until_it_ends(tmp_path, extension, key):
    kernel = Floor(tmp_path, extension)
    try:
        made = {kind: kernel.raw(word + "get", key, *size, CREATE | 0o600, how="child" if key else "here")
                for kind, (word, size, _) in OBJECTS.items()}
        assert all(number >= 0 and is_there(kind, number) for kind, number in made.items()), made
        if key:
            assert [kernel.raw(word + "get", key, *size, CREATE | 0o600) for word, size, _ in OBJECTS.values()] == list(made.values())
        kernel.good("import ctypes\nlibc = ctypes.CDLL(None)\nlibc.shmat.restype = ctypes.c_void_p\n"
                    f"address = libc.shmat({made['shared memory']}, None, 0)\nctypes.memmove(address, b'mine', 5)")
        assert kernel.good(f"ctypes.string_at(libc.shmat({made['shared memory']}, None, {READ_ONLY}))").plain == "b'mine'"
        assert kernel.raw("semop", made["semaphores"], struct.pack("=Hhh", 0, 2, 0), 1, how="grandchild") == 0
        assert kernel.raw("semctl", made["semaphores"], 0, GETVAL, 0) == 2
        assert kernel.raw("msgsnd", made["queue"], struct.pack("=q8s", 1, b"mine"), 8, 0, how="thread") == 0
        assert kernel.raw("msgrcv", made["queue"], bytes(64), 8, 0, 0) == 8
        kernel.client.shutdown()
        assert kernel.ended(10)
        assert not any(is_there(kind, number) for kind, number in made.items())
    finally:
        kernel.stop()
        for kind, number in made.items():
            control(mine, kind, number, REMOVE, 0)


def test_what_a_session_removes_is_gone_and_what_a_person_permitted_stays(tmp_path, extension):
    kernel = Floor(tmp_path, extension)
    number = kept = -1
    try:
        number = kernel.raw("shmget", PRIVATE, 4096, 0o600)
        assert kernel.raw("shmctl", number, REMOVE, 0) == 0 and not is_there("shared memory", number)
        kept = int(kernel.good(f"%%trusted\nkept = rawcall.call('here', {NUMBERS['shmget']}, {KEY}, 4096, {CREATE | 0o600})\nkept").plain)
        kernel.good(f"for i in range(3000):\n    n = rawcall.call('here', {NUMBERS['shmget']}, 0, 4096, 0o600)\n"
                    f"    assert n >= 0 and rawcall.call('here', {NUMBERS['shmctl']}, n, 0, 0) == 0")
        kernel.client.shutdown()
        assert kernel.ended(10)
        assert is_there("shared memory", kept)
    finally:
        kernel.stop()
        mine("shmctl", kept, REMOVE, 0)


# ---- POSIX's queues

QUEUE = f"safepyrun-test-{os.getpid()}".encode()


@pytest.fixture
def queue():
    "One of another program's, with a message in it."
    name = QUEUE + b"-theirs"
    fd = mine("mq_open", name, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NONBLOCK, 0o600, 0)
    if fd == -errno.ENOSYS:
        pytest.skip("this system has no queues of POSIX")
    assert fd >= 0 and mine("mq_timedsend", fd, b"theirs", 6, 0, 0) == 0
    yield name, fd
    os.close(fd)
    mine("mq_unlink", name)


@pytest.mark.parametrize("how", HOW)
def test_another_programs_queue_is_not_opened_and_stays(shared, queue, how):
    name, fd = queue
    for flags in (os.O_RDONLY, os.O_RDWR, os.O_CREAT | os.O_RDWR):
        assert shared.raw("mq_open", name, flags, 0o600, 0, how=how) == -errno.EACCES
    assert shared.raw("mq_open", name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600, 0, how=how) == -errno.EEXIST
    assert shared.raw("mq_unlink", name, how=how) == -errno.EACCES
    assert shared.raw("mq_open", name + b"-missing", os.O_RDWR, 0, 0, how=how) == -errno.ENOENT
    assert shared.raw("mq_unlink", name + b"-missing", how=how) == -errno.ENOENT
    heard = ctypes.create_string_buffer(8192)
    assert libc.syscall(NUMBERS["mq_timedreceive"], fd, heard, 8192, None, None) == 6 and heard.value == b"theirs"


def test_a_queue_of_the_sessions_own(tmp_path, extension, queue):
    kernel = Floor(tmp_path, extension)
    kept, removed = QUEUE + b"-kept", QUEUE + b"-removed"
    try:
        attributes = struct.pack("=8q", 0, 3, 64, 0, 0, 0, 0, 0)
        for name in (kept, removed):
            assert kernel.raw("mq_open", name, os.O_CREAT | os.O_RDWR, 0o600, attributes, how="child") >= 0
        assert kernel.good(f"""
fd = rawcall.call("here", {NUMBERS["mq_open"]}, {kept!r}, {os.O_RDWR}, 0, 0)
sent = rawcall.call("here", {NUMBERS["mq_timedsend"]}, fd, b"mine", 4, 0, 0)
heard = rawcall.call("here", {NUMBERS["mq_timedreceive"]}, fd, bytes(64), 64, 0, 0)
rawcall.call("here", {NUMBERS["close"]}, fd)
sent, heard""").plain == "(0, 4)"
        assert kernel.raw("mq_unlink", removed) == 0 and mine("mq_open", removed, os.O_RDONLY, 0, 0) == -errno.ENOENT
        there = mine("mq_open", kept, os.O_RDONLY, 0, 0)
        assert there >= 0 and os.fstat(there).st_mode & 0o777 == 0o600
        os.close(there)
        kernel.client.shutdown()
        assert kernel.ended(10)
        assert mine("mq_open", kept, os.O_RDONLY, 0, 0) == -errno.ENOENT
    finally:
        kernel.stop()
        for name in (kept, removed):
            mine("mq_unlink", name)


# ---- who hears of a descriptor

SETOWN, SETOWN_EX, SETSIG, SETFL, FIOSETOWN, SIOCSPGRP = 8, 15, 10, 4, 0x8901, 0x8902
OWNERS = {
    "F_SETOWN": lambda pid: ("fcntl", SETOWN, pid),
    "F_SETOWN, of a group": lambda pid: ("fcntl", SETOWN, -pid),
    "F_SETOWN, with more bits": lambda pid: ("fcntl", 1 << 32 | SETOWN, pid),
    "F_SETOWN_EX": lambda pid: ("fcntl", SETOWN_EX, struct.pack("=ii", 1, pid)),
    "F_SETOWN_EX, of a thread": lambda pid: ("fcntl", SETOWN_EX, struct.pack("=ii", 0, pid)),
    "F_SETOWN_EX, of a group": lambda pid: ("fcntl", SETOWN_EX, struct.pack("=ii", 2, pid)),
    "FIOSETOWN": lambda pid: ("ioctl", FIOSETOWN, struct.pack("=i", pid)),
    "SIOCSPGRP": lambda pid: ("ioctl", SIOCSPGRP, struct.pack("=i", -pid)),
}


def signals_by(kernel, owner, pid, number, how="here"):
    "A socket's owner is chosen, and a signal, and then something comes; what the choice answered."
    name, command, who = OWNERS[owner](pid)
    return int(kernel.good(f"""
import socket
a, b = socket.socketpair()
answer = rawcall.call({how!r}, {NUMBERS[name]}, a.fileno(), {command}, {who!r})
rawcall.call("here", {NUMBERS["fcntl"]}, a.fileno(), {SETSIG}, {int(number)})
rawcall.call("here", {NUMBERS["fcntl"]}, a.fileno(), {SETFL}, {os.O_ASYNC})
b.send(b"x")
a.close(), b.close()
answer""").plain)


@pytest.mark.parametrize("owner", OWNERS)
def test_no_descriptor_signals_others(shared, other, owner):
    for how in HOW:
        assert signals_by(shared, owner, other.pid, signal.SIGKILL, how) == -errno.EPERM
    with pytest.raises(subprocess.TimeoutExpired):
        other.wait(0.3)


@pytest.mark.parametrize("owner", [name for name in OWNERS if "group" not in name and name != "SIOCSPGRP"])
def test_a_descriptor_signals_the_process_itself_and_its_children(shared, owner):
    shared.good("import signal\nheard = []\n")
    assert shared.good("signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))\n"
                       "import socket\n" + signal_oneself(owner) + "\nfor _ in range(10 ** 6):\n    if heard: break\n"
                       f"rawcall.call('here', {NUMBERS['fcntl']}, a.fileno(), {SETFL}, 0)\na.close(), b.close()\nlen(heard) > 0").plain == "True"
    child = int(shared.good("rawcall.child()").plain)
    assert signals_by(shared, owner, child, signal.SIGKILL) == 0
    assert shared.raw("wait4", child, 0, 0, 0) == child


def signal_oneself(owner):
    name, command, _ = OWNERS[owner](0)
    who = {"F_SETOWN": "os.getpid()", "F_SETOWN, with more bits": "os.getpid()", "FIOSETOWN": "struct.pack('=i', os.getpid())"}.get(
        owner, f"struct.pack('=ii', {0 if 'thread' in owner else 1}, os.getpid())")
    return (f"import struct\na, b = socket.socketpair()\nassert rawcall.call('here', {NUMBERS[name]}, a.fileno(), {command}, {who}) == 0\n"
            f"rawcall.call('here', {NUMBERS['fcntl']}, a.fileno(), {SETSIG}, {int(signal.SIGUSR1)})\n"
            f"rawcall.call('here', {NUMBERS['fcntl']}, a.fileno(), {SETFL}, {os.O_ASYNC})\nb.send(b'x')")


# ---- sockets without a name, and addresses without a family

@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
@pytest.mark.parametrize("how", HOW)
def test_a_socket_that_was_given_no_name_does_not_listen_to_everybody(shared, family, how):
    """Unnamed, it would get a port of each of this machine's addresses; named by a person it may, and one of the loopback
    may as ever."""
    code = f"""
fd = rawcall.call("here", {NUMBERS["socket"]}, {int(family)}, {int(socket.SOCK_STREAM)}, 0)
answer = rawcall.call({how!r}, {NUMBERS["listen"]}, fd, 5)
listens = socket.socket(fileno=os.dup(fd)).getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
rawcall.call("here", {NUMBERS["close"]}, fd)
answer, listens"""
    shared.good("import socket")
    assert shared.good(code).plain == f"({-errno.EACCES}, 0)"
    everybody = "0.0.0.0:0" if family == socket.AF_INET else "[::]:0"
    cell = shared.run(f"s = socket.socket({int(family)})\ns.listen()")
    assert cell.reply["ename"] == "Denied" and f"%ok_hosts --add {everybody}" in cell.traceback
    shared.good(f"%ok_hosts --add {everybody}")
    assert shared.good(code).plain == "(0, 1)"
    shared.good("%ok_hosts --clear")
    assert shared.good("s = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.listen()\n"
                       "c = socket.create_connection(s.getsockname())\nc.close(), s.close()\n1").plain == "1"


def unspecified(packed):
    return struct.pack("=H", socket.AF_UNSPEC) + packed[2:]


@pytest.mark.parametrize("call", ["sendto", "sendmsg", "sendmmsg"])
def test_an_address_without_a_family_is_one_of_ipv4(shared, call):
    "As the system takes it, for datagrams."
    server = Server(kind=socket.SOCK_DGRAM)
    try:
        address = unspecified(server.packed)
        send = (f"rawcall.call('here', {NUMBERS['sendto']}, fd, b'hello', 5, 0, {address!r}, 16)" if call == "sendto"
                else f"rawcall.message(fd, b'hello', {address!r}, {int(call == 'sendmmsg')})")
        code = (f"fd = rawcall.call('here', {NUMBERS['socket']}, {int(socket.AF_INET)}, {int(socket.SOCK_DGRAM)}, 0)\n"
                f"answer = {send}\nrawcall.call('here', {NUMBERS['close']}, fd)\nanswer")
        assert shared.good(code).plain == str(-errno.EACCES)
        shared.good(f"%ok_hosts {server.name}")
        assert int(shared.good(code).plain) > 0
        assert wait_until(lambda: server.heard) and server.heard == [b"hello"]
    finally:
        shared.good("%ok_hosts --clear")
        server.stop()


def test_a_name_without_a_family_is_every_address_of_ipv4(shared):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = struct.pack("=HHI", socket.AF_UNSPEC, socket.htons(port), 0) + bytes(8)
    assert shared.good(f"""
fd = rawcall.call("here", {NUMBERS["socket"]}, {int(socket.AF_INET)}, {int(socket.SOCK_STREAM)}, 0)
answers = rawcall.call("here", {NUMBERS["bind"]}, fd, {address!r}, 16), rawcall.call("here", {NUMBERS["listen"]}, fd, 5)
rawcall.call("here", {NUMBERS["close"]}, fd)
answers""").plain == f"({-errno.EACCES}, {-errno.EACCES})"
    with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
        pytest.fail("somebody listens")
