"""Cells run in the user's own interpreter: what it is elsewhere it is here, and nothing of the kernel's own is in its way."""
import ast
import json
import os
import re
import signal
import subprocess
import sys

import pytest
from built import BUILD, HOST

VERSION = "%d.%d" % sys.version_info[:2]
MODULE = BUILD / f"safepyrun-worker-{VERSION}.so"
PROGRAM = BUILD / f"safepyrun-worker-{VERSION}"
hosted = pytest.mark.skipif(HOST == "embed", reason="of the hosted worker alone")

# What a Python says of itself: an expression, so that nothing stays behind.
STATE = """{
    **{name: repr(getattr(__import__('sys'), name)) for name in (
        'version', 'flags', 'executable', '_base_executable', 'prefix', 'base_prefix', 'exec_prefix', 'argv', 'warnoptions', '_xoptions',
        'dont_write_bytecode', 'orig_argv', 'pycache_prefix', 'platlibdir', 'abiflags', 'hash_info')},
    'path': __import__('sys').path, 'depth': __import__('sys').getrecursionlimit(), 'digits': __import__('sys').get_int_max_str_digits(),
    'encoding': [__import__('sys').getfilesystemencoding(), __import__('sys').getfilesystemencodeerrors()],
    'signals': {s.name: str(__import__('signal').getsignal(s)) for s in (2, 13, 15, 1, 25) for s in [__import__('signal').Signals(s)]},
    'site': repr(getattr(__import__('sys').modules.get('site'), 'ENABLE_USER_SITE', None)),
    'custom': getattr(__import__('sys'), 'customized', None),
    'locale': __import__('os').environ.get('LC_CTYPE'), 'hash': hash('a') if __import__('os').environ.get('PYTHONHASHSEED') else 0,
    'main': [str(__import__('sys').modules['__main__'].__spec__), __import__('sys').modules['__main__'].__name__]}"""


def unignore():
    "What runs the tests may have its signals ignored (nohup, a shell's background)."
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def plain_state(environment):
    "Of a plain `python`, with the arguments of one that was given none."
    run = subprocess.run([sys.executable, "-c", f"import sys; sys.argv = ['']; sys.orig_argv = sys.orig_argv[:1]; print({STATE})"],
                         capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, check=True,
                         preexec_fn=unignore)
    return ast.literal_eval(run.stdout)


@hosted
@pytest.mark.parametrize("variables", [
    {}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONUTF8": "1"}, {"PYTHONOPTIMIZE": "2"},
    {"PYTHONPATH": "/tmp/a:/tmp/b", "PYTHONWARNINGS": "error::BytesWarning", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "7"},
    {"PYTHONSAFEPATH": "1"}, {"PYTHONNOUSERSITE": "1", "PYTHONINTMAXSTRDIGITS": "5000"}, {"PYTHONDEVMODE": "1"},
], ids=" ".join)
def test_the_interpreter_is_as_it_is_without_the_kernel(start, variables):
    kernel = start(environment=variables)
    plain = plain_state({**os.environ, **variables})
    here = ast.literal_eval(kernel.run(f"print({STATE})").stream())
    package = here["path"].pop()
    assert package.endswith("/python") and here == plain


@hosted
def test_site_customization_and_pth_files_have_run(start, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.customized = 'yes'\n")
    kernel = start(environment={"PYTHONPATH": str(tmp_path)})
    assert kernel.run("import sys; sys.customized").plain == "'yes'"


@hosted
def test_usercustomize_and_pth_files_of_the_users_folder_have_run(start, tmp_path):
    "An environment has no user's folder: the interpreter it was made from has."
    base = os.path.realpath(sys.executable)
    site = tmp_path / f"lib/python{VERSION}/site-packages"
    (site / "more").mkdir(parents=True)
    (site / "usercustomize.py").write_text("import sys\nsys.customized = 'by the user'\n")
    (site / "more.pth").write_text(f"{site / 'more'}\nimport sys; sys.told = 'by a .pth file'\n")
    (site / "more/only_there.py").write_text("ANSWER = 42\n")
    kernel = start("--python", base, environment={"PYTHONUSERBASE": str(tmp_path)})
    cell = kernel.run("import sys, only_there\n(sys.customized, sys.told, only_there.ANSWER, sys.executable)")
    assert ast.literal_eval(cell.plain) == ("by the user", "by a .pth file", 42, base)


@hosted
def test_pth_files_of_an_environment_have_run(start, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    (tmp_path / f"env/lib/python{VERSION}/site-packages/more.pth").write_text(f"{tmp_path}\nimport sys; sys.told = 'by a .pth file'\n")
    python = str(tmp_path / "env/bin/python")
    kernel = start("--python", python)
    plain = subprocess.run([python, "-c", "import sys; print(sys.path[1:], sys.told)"], capture_output=True, text=True, check=True).stdout
    cell = kernel.run("import sys\nprint(sys.path[1:-1], sys.told)")
    assert cell.stream() == plain and str(tmp_path) in plain


@hosted
def test_a_traceback_is_as_a_programs(start, tmp_path):
    "Text of `traceback`, of an error that was made on another thread, and of one that nobody raises: no frame of the kernel's in it."
    code = ("import sys, threading, traceback\ndef f(n):\n    return 1 / n\ntry:\n    f(0)\nexcept ZeroDivisionError:\n"
            "    print(traceback.format_exc(), traceback.format_stack(), file=sys.stderr)\n"
            "t = threading.Thread(target=f, args=(0,), name='t')\nt.start()\nt.join()\n"
            "class C:\n    def __del__(self): f(0)\nC()\nNone")
    program = tmp_path / "program.py"
    program.write_text(code)
    plain = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True).stderr
    cell = start().run(code).stream("stderr")

    def told(text): # without the lines of source: a program has a file, which C looks them up in
        return re.findall(r"^(?!    ).*", re.sub(r'File \\?"[^"]*"', "File", re.sub(r"0x[0-9a-f]+", "0x", text)).strip(), re.M)
    assert "Exception in thread t" in plain and told(cell) == told(plain)


@hosted
def test_faulthandler_tells_of_the_cells_own_frames(start):
    "It is on, for the kernel tells by it where a cell crashed."
    kernel = start()
    dumped = kernel.run("import faulthandler\ndef f(): faulthandler.dump_traceback(all_threads=False)\nf()").stream("stderr")
    assert re.sub("File .*, line", "line", dumped).split("\n")[1:] == ["  line 2 in f", "  line 3 in <module>", ""]
    assert kernel.run("faulthandler.dump_traceback(file=3)").reply["ename"] == "Denied"


@hosted
def test_nothing_of_the_current_folder_is_imported_by_the_start(tmp_path, monkeypatch, start):
    for name in ("_imp", "_json", "json", "io", "_io", "types", "signal", "threading", "_safepyrun", "_safepyrun_kernel",
                 "builtins", "encodings", "linecache", "warnings", "atexit", "contextvars", "asyncio"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'run')!r}, 'a').write({name!r})\n")
    monkeypatch.chdir(tmp_path)
    kernel = start()
    assert kernel.run("6 * 7").plain == "42"
    assert not (tmp_path / "run").exists()


@hosted
def test_a_cell_has_no_caller(start):
    kernel = start("--magics", "open")
    kernel.run("import sys, inspect")
    assert kernel.run("len(inspect.stack()), sys._getframe(0).f_lineno").plain == "(1, 1)"
    assert kernel.run("def deep(n=0):\n    try:\n        return deep(n + 1)\n    except RecursionError:\n        return n\n"
                      "deep() > sys.getrecursionlimit() - 20").plain == "True"
    traced = kernel.run("%%trusted\nn = []\ndef f(): return 1\nsys.setprofile(lambda *a: n.append(a[1]))\nf()\nsys.setprofile(None)\n'call' in n")
    assert traced.plain == "True"


@hosted
def test_nothing_of_the_module_is_visible_to_other_modules():
    symbols = subprocess.run(["nm", "-D", "--defined-only", MODULE], capture_output=True, text=True, check=True).stdout
    assert [line.split()[-1] for line in symbols.splitlines()] == ["PyInit__safepyrun_worker"]
    dynamic = subprocess.run(["readelf", "-d", MODULE], capture_output=True, text=True, check=True).stdout
    needed = {line.split("[")[1].rstrip("]").split(".so")[0] for line in dynamic.splitlines() if "(NEEDED)" in line}
    assert needed <= {"libc", "libm", "ld-linux-x86-64", "ld-linux-aarch64"}
    assert "NODELETE" in dynamic and "NOW" in dynamic and "TEXTREL" not in dynamic


@hosted
def test_another_version_at_the_same_path_is_told(start, tmp_path):
    "A Python that was replaced since the kernel was installed: no crash, a sentence."
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.version_info = (3, 9, 1, 'final', 0)\nsys.version = '3.9.1 (main)'\n")
    kernel = start(environment={"PYTHONPATH": str(tmp_path)}, client=False)
    assert kernel.process.wait(20) == 1
    assert f"this is Python 3.9.1, and the kernel was installed for {VERSION}: install it again" in kernel.log


@hosted
def test_a_free_threaded_python_at_the_same_path_is_told(start, tmp_path):
    "A stand-in: the interpreter says of itself what a free-threaded one says."
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.abiflags = 't'\n")
    kernel = start(environment={"PYTHONPATH": str(tmp_path)}, client=False)
    assert kernel.process.wait(20) == 1
    assert f"safepyrun: this is Python {sys.version.split()[0]}t: free-threaded, and the sandbox needs a Python with the GIL" in kernel.log


@pytest.mark.parametrize("options, why", [
    (["--python", f"/nowhere/python{VERSION}"], f"/nowhere/python{VERSION}"),
    (["--python", "/usr/bin/env"], "cannot tell which version /usr/bin/env is: say it with --python-version"),
    (["--python", "/usr/bin/python3", "--python-version", "3.7"],
     "/usr/bin/python3 is Python 3.7: too old: the kernel needs Python 3.11 or newer"),
    (["--python", "/opt/python3.10"], "/opt/python3.10 is Python 3.10: too old: the kernel needs Python 3.11 or newer"),
    (["--python", "/opt/python3.14t"], "/opt/python3.14t is Python 3.14t: free-threaded, and the sandbox needs a Python with the GIL"),
    (["--python", "/opt/python3.16"], "/opt/python3.16 is Python 3.16: newer than this kernel"),
    (["--host", "other"], "--host takes python or embed, not other"),
])
def test_a_python_that_cannot_be_is_told(start, options, why):
    kernel = start(*options, client=False)
    assert kernel.process.wait(20) in (1, 2) and why in kernel.log


@pytest.mark.skipif(not PROGRAM.exists(), reason="this Python has no libpython to embed")
def test_the_embedding_program_runs_the_same_environment(start):
    kernel = start("--host", "embed")
    assert ast.literal_eval(kernel.run("import sys; sys.executable, sys.prefix, sys.argv").plain) == (sys.executable, sys.prefix, [""])
    command = open(f"/proc/{kernel.worker}/cmdline", "rb").read().split(b"\0")
    assert command[0].decode().endswith(PROGRAM.name)


@pytest.mark.skipif(not PROGRAM.exists(), reason="this Python has no libpython to embed")
def test_the_embedding_program_refuses_another_release(start, tmp_path):
    "Same minor version, other patch release: one that says so, as pyenv's beside Debian's would."
    other = tmp_path / "python"
    other.write_text(f"#!/bin/sh\nprintf {VERSION}.99\n")
    other.chmod(0o755)
    kernel = start("--host", "embed", "--python", other, "--python-version", VERSION, client=False)
    assert kernel.process.wait(20) == 1
    assert f"is Python {VERSION}.99, and the program that embeds Python has {sys.version.split()[0]} in it" in kernel.log


@hosted
def test_a_trusted_cell_starts_the_same_python(start):
    kernel = start("--magics", "open")
    cell = kernel.run("%%trusted\nimport subprocess, sys\nprint(subprocess.run([sys.executable, '-c', "
                      "'import sys; print(sys.version, sys.prefix)'], capture_output=True, text=True).stdout)")
    assert cell.stream().strip() == f"{sys.version} {sys.prefix}"


@hosted
def test_the_installer_picks_the_interpreter_and_says_so(tmp_path):
    kernel = [BUILD / "safepyrun-kernel", "install", "--prefix", tmp_path, "--python", sys.executable]
    said = subprocess.run(kernel, capture_output=True, text=True, check=True).stdout
    argv = json.loads((tmp_path / "share/jupyter/kernels/safepyrun/kernel.json").read_text())["argv"]
    assert f"hosted in {sys.executable}" in said and argv[argv.index("--host") + 1] == "python" and "--libpython" not in argv
    done = subprocess.run([*kernel, "--host", "both"], capture_output=True, text=True)
    assert done.returncode == 2 and "python or embed" in done.stderr
    if PROGRAM.exists():
        said = subprocess.run([*kernel, "--host", "embed"], capture_output=True, text=True, check=True).stdout
        argv = json.loads((tmp_path / "share/jupyter/kernels/safepyrun/kernel.json").read_text())["argv"]
        assert f"embedded for {sys.executable}" in said and argv[argv.index("--host") + 1] == "embed"
