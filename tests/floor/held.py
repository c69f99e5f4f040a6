"""A kernel on the floor whose cells can make system calls past Python."""
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "protocol")]
from raw_kernel import RawKernel  # noqa: E402


class Floor(RawKernel):
    "A kernel with a folder that cells may write to, `ok`, and one that they may not, `out`."

    def __init__(self, folder, extension, *options, environment=None, **more):
        self.ok, self.out = folder / "ok", folder / "out"
        self.ok.mkdir(parents=True)
        self.out.mkdir()
        super().__init__(folder / "kernel", "--magics", "open", *options,
                         environment={"PYTHONPATH": str(extension), **(environment or {})}, **more)
        self.good("%allow rawcall")
        self.good(f"%ok_dests --add {self.ok}\nimport rawcall, os")

    def good(self, code):
        cell = self.run(code)
        assert cell.reply["status"] == "ok", cell.traceback
        return cell

    def raw(self, name, *arguments, how="here"):
        "The result of a system call, or -errno, made by native code in a cell."
        number = NUMBERS[name]
        text = ", ".join(repr(plain(a)) for a in arguments)
        return int(self.good(f"rawcall.call({how!r}, {number}, {text})").plain)

    @property
    def works(self):
        return self.run("1 + 1").plain == "2"


def build_extension(folder):
    "The module rawcall, in a folder to be put on a kernel's path."
    target = folder / ("rawcall" + sysconfig.get_config_var("EXT_SUFFIX"))
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-I", sysconfig.get_path("include"),
                    str(Path(__file__).parent / "rawcall.c"), "-o", str(target), "-lpthread"], check=True)
    return folder


def plain(argument):
    "What a cell can be told of it: bytes, or a number."
    return os.fsencode(argument) if isinstance(argument, Path) else int(argument) if isinstance(argument, int) else argument


def read_numbers():
    "The numbers of this machine's system calls, by the compiler's own headers."
    text = subprocess.run([os.environ.get("CC", "cc"), "-E", "-dM", "-x", "c", "-"], input="#include <sys/syscall.h>",
                          capture_output=True, text=True, check=True).stdout
    raw = {words[1]: words[2] for words in (line.split() for line in text.splitlines())
           if len(words) == 3 and words[1].startswith("__NR_")}
    return {name.removeprefix("__NR_"): int(value) for name, value in raw.items() if value.isdigit()}


NUMBERS = read_numbers()


def lists_hold_alone(folder, why):
    "A kernel that can have no floor says so, and why; its other layers stand."
    kernel = RawKernel(folder / "kernel", "--magics", "open")
    try:
        assert kernel.run("1 + 1").plain == "2"
        assert why in kernel.run("%policy").stream() and why in kernel.log
        (folder / "file").write_text("mine")
        assert kernel.run(f"open('{folder}/file', 'w')").reply["ename"] == "Denied"
        assert (folder / "file").read_text() == "mine"
    finally:
        kernel.stop()


def confined_does_not_start(folder, why):
    kernel = RawKernel(folder / "kernel", "--confine", client=False)
    try:
        assert kernel.ended(20) and kernel.process.returncode > 0
        assert "--confine" in kernel.log and why in kernel.log
    finally:
        kernel.stop()
