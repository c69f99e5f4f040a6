"""What a cell may do to its own process and its children, with native code and with memory, where the floor holds the effects.
What is lent for a cell's time is as it was when the cell has ended."""
import os
import signal
import subprocess
import sys

import pytest

WORKS = {
    "is a process there": ("import os\nos.kill(os.getpid(), 0)\nos.kill(os.getppid(), 0)\n'there'", "'there'"),
    "no such process": ("try:\n    os.kill(2 ** 22 - 3, 0)\nexcept ProcessLookupError:\n    answer = 'gone'\nanswer", "'gone'"),
    "a signal of one's own": ("import signal\nheard = []\nsignal.signal(signal.SIGUSR1, lambda *_: heard.append(1))\n"
                              "os.kill(os.getpid(), signal.SIGUSR1)\nsignal.raise_signal(signal.SIGUSR1)\nsum(heard)", "2"),
    "an interrupt of one's own": ("try:\n    signal.raise_signal(signal.SIGINT)\n    for _ in range(10 ** 7): pass\n"
                                  "except KeyboardInterrupt:\n    answer = 'interrupted'\nanswer", "'interrupted'"),
    "more files": ("import resource\nsoft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
                   "resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))\nresource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard",
                   "True"),
    "less memory": ("resource.setrlimit(resource.RLIMIT_AS, (2 ** 31, resource.getrlimit(resource.RLIMIT_AS)[1]))\ntry:\n"
                    "    bytearray(2 ** 33)\nexcept MemoryError:\n    answer = 'too much'\nanswer", "'too much'"),
    "ask for limits": ("resource.prlimit(0, resource.RLIMIT_CPU) == resource.getrlimit(resource.RLIMIT_CPU)", "True"),
    "hold a signal back": ("heard = []\nsignal.signal(signal.SIGUSR2, lambda *_: heard.append(1))\n"
                           "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])\nos.kill(os.getpid(), signal.SIGUSR2)\n"
                           "before = len(heard)\nsignal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2])\nbefore, len(heard)",
                           "(0, 1)"),
    "a pair of terminals": ("a, b = os.openpty()\nos.write(b, b'hello')\nanswer = os.read(a, 9), os.isatty(b)\nos.close(a), os.close(b)\nanswer",
                            "(b'hello', True)"),
    "ioctl asks": ("import fcntl, struct, termios\na, b = os.pipe()\nos.write(b, b'hello')\n"
                   "answer = struct.unpack('i', fcntl.ioctl(a, termios.FIONREAD, b'    '))\nos.close(a), os.close(b)\nanswer", "(5,)"),
    "the size of a window": ("a, b = os.openpty()\nfcntl.ioctl(a, termios.TIOCSWINSZ, struct.pack('4H', 24, 80, 0, 0))\n"
                             "answer = os.get_terminal_size(b)[0]\nos.close(a), os.close(b)\nanswer", "80"),
    "the processors": ("os.sched_setaffinity(0, os.sched_getaffinity(0))\nlen(os.sched_getaffinity(0)) > 0", "True"),
    "ctypes computes": ("import ctypes\nclass Point(ctypes.BigEndianStructure):\n    _fields_ = [('x', ctypes.c_uint16), ('y', ctypes.c_int8)]\n"
                        "p = Point.from_buffer_copy(b'\\1\\2\\xff\\0')\np.x, p.y, ctypes.sizeof(p), ctypes.c_uint8(300).value", "(258, -1, 4, 44)"),
    "ctypes calls": ("m = ctypes.CDLL('libm.so.6')\nm.cos.restype, m.cos.argtypes = ctypes.c_double, [ctypes.c_double]\nm.cos(0.0)", "1.0"),
    "ctypes sorts": ("libc = ctypes.CDLL(None)\nnumbers = (ctypes.c_int * 4)(3, 1, 4, 2)\n"
                     "order = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))\n"
                     "libc.qsort(numbers, 4, ctypes.sizeof(ctypes.c_int), order(lambda a, b: a[0] - b[0]))\nlist(numbers)", "[1, 2, 3, 4]"),
    "ctypes buffers": ("b = ctypes.create_string_buffer(b'hello', 10)\nctypes.memmove(b, b'J', 1)\nb.value, ctypes.string_at(b, 2)",
                       "(b'Jello', b'Je')"),
    "marshal data": ("import marshal\nmarshal.loads(marshal.dumps([1, {'a': (2.5, None)}, {3}]))", "[1, {'a': (2.5, None)}, {3}]"),
    "shared memory": ("from multiprocessing import shared_memory\ns = shared_memory.SharedMemory(create=True, size=64)\n"
                      "other = shared_memory.SharedMemory(s.name)\ns.buf[:5] = b'hello'\nanswer = bytes(other.buf[:5])\n"
                      "other.close(), s.close(), s.unlink()\nanswer", "b'hello'"),
    "a file of one's own": ("import runpy\nwith open(OK + '/own.py', 'w') as f:\n    f.write('double = lambda x: 2 * x\\nname = __name__')\n"
                            "g = runpy.run_path(OK + '/own.py', {'given': 1}, '__main__')\ng['double'](g['given']), g['name']", "(2, '__main__')"),
    "a codec": ("import codecs\ndef search(name):\n    if name == 'backwards':\n"
                "        return codecs.CodecInfo(lambda s, e='': (s[::-1].encode(), len(s)), lambda b, e='': (bytes(b).decode()[::-1], len(b)))\n"
                "codecs.register(search)\nanswer = 'abc'.encode('backwards')\ncodecs.unregister(search)\nanswer", "b'cba'"),
}


@pytest.mark.parametrize("what", WORKS)
def test_it_works(shared, what):
    code, answer = WORKS[what]
    head = "import codecs, ctypes, fcntl, marshal, os, resource, runpy, signal, struct, termios\n"
    assert shared.good(f"OK = {str(shared.ok)!r}\n{head}{code}").plain == answer
    if what == "shared memory":
        assert not os.path.exists("/dev/shm/" + shared.good("print(s.name)").stream().strip())


REFUSED = {
    "the kernel by a signal": "os.kill(os.getpid(), signal.SIGTERM)",
    "the kernel by a signal of nobody's": "signal.raise_signal(signal.SIGRTMIN)",
    "the kernel by its group": "os.killpg(os.getpgrp(), signal.SIGTERM)",
    "all by one number": "os.kill(-1, signal.SIGTERM)",
    "the group by zero": "os.kill(0, signal.SIGTERM)",
    "the front": "os.kill(os.getppid(), signal.SIGTERM)",
    "a limit that cannot be raised again": "resource.setrlimit(resource.RLIMIT_AS, (2 ** 32, 2 ** 32))",
    "a limit that ends the process": "resource.setrlimit(resource.RLIMIT_CPU, (1, resource.getrlimit(resource.RLIMIT_CPU)[1]))",
    "a limit that %limits holds": "resource.setrlimit(resource.RLIMIT_FSIZE, resource.getrlimit(resource.RLIMIT_FSIZE))",
    "the limits of another": "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (9, 9))",
    "the interpreter's own functions": "ctypes.pythonapi.Py_IncRef(ctypes.c_void_p(0))",
    "code in data": "marshal.loads(open(CODE, 'rb').read())",
    "code deep in data": "marshal.loads(open(DEEP, 'rb').read())",
    "others' codecs": "codecs.unregister(__import__('encodings').search_function)",
    "a terminal's input": "fcntl.ioctl(0, termios.TIOCSTI, b'x')",
    "the kernel's descriptor waits": "[fcntl.ioctl(n, 0x5421, b'\\1\\0\\0\\0') for n in range(3, 9)]",
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_end_or_change_the_kernel_does_not(shared, what, tmp_path):
    for name, text in ("CODE", "marshal.dumps(compile('1', '', 'exec'))"), ("DEEP", "marshal.dumps([({'a': compile('1', '', 'exec')},)])"):
        with open(tmp_path / name, "wb") as file:
            file.write(eval(text, {"marshal": __import__("marshal")}))
    before = shared.worker
    code = f"CODE, DEEP = {str(tmp_path / 'CODE')!r}, {str(tmp_path / 'DEEP')!r}\nimport codecs, ctypes, fcntl, marshal, os, resource, signal, termios\n"
    limits = "[resource.getrlimit(kind) for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)]"
    kept = shared.good(f"import resource\n{limits}").plain
    assert shared.run(code + REFUSED[what]).reply.get("ename") == ("PermissionError" if what == "a terminal's input" else "Denied")
    assert shared.worker == before and shared.works
    assert shared.good(limits).plain == kept and shared.good("'a'.encode('utf-8')").plain == "b'a'"


def test_what_was_lent_is_given_back(shared):
    first = shared.good("import resource, signal\nresource.getrlimit(resource.RLIMIT_NOFILE), signal.pthread_sigmask(signal.SIG_BLOCK, [])").plain
    shared.good("resource.setrlimit(resource.RLIMIT_NOFILE, (99, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n"
                "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])")
    assert shared.good("resource.getrlimit(resource.RLIMIT_NOFILE), signal.pthread_sigmask(signal.SIG_BLOCK, [])").plain == first


def test_children_that_were_permitted_are_the_cells(shared):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        shared.good("%allow --trust subprocess.Popen")
        assert shared.good("""
import os, signal, subprocess
one, two = (subprocess.Popen(["sleep", "60"]) for _ in "ab")
one.terminate()
os.kill(two.pid, signal.SIGKILL)
one.wait(), os.waitpid(two.pid, 0)[1]""").plain == "(-15, 9)"
        cell = shared.run(f"os.kill({other.pid}, signal.SIGTERM)")
        assert cell.reply["ename"] in ("Denied", "PermissionError") and other.poll() is None
    finally:
        shared.good("%deny subprocess.Popen")
        other.kill()
        other.wait()


def test_native_code_that_ctypes_calls_is_held(shared):
    "Files, programs, processes: as with any extension."
    (shared.out / "kept").write_text("mine")
    shared.run(f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
path = {str(shared.out)!r}.encode()
libc.unlink(path + b"/kept"), libc.rename(path + b"/kept", path + b"/moved"), libc.truncate(path + b"/kept", 0)
libc.mkdir(path + b"/made", 0o777), libc.system(b"touch " + path + b"/by-a-program"), libc.kill({os.getpid()}, {int(signal.SIGUSR1)})""")
    assert [file.name for file in shared.out.iterdir()] == ["kept"] and (shared.out / "kept").read_text() == "mine"
