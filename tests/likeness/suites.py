"""Public suites of other kernels against this one, unmodified but for what their kernel's name starts.

    python tests/likeness/suites.py ipykernel DIR [--python PYTHON] [options of pytest]
    python tests/likeness/suites.py ipymini DIR ...
    python tests/likeness/suites.py xeus-debugger DIR    (xeus-python's debugger suite, in C++)
    python tests/likeness/suites.py NAME DIR ...         (nbclient, papermill, nbconvert, jupyter_client, jupyter_server, testbook, nbmake, xeus-python)

DIR is a checkout of the suite's repository (the source archives on PyPI leave the tests out). PYTHON runs the cells and needs debugpy,
ipykernel, matplotlib and traitlets; what runs this needs pytest, pytest-asyncio, pytest-cov, pytest-timeout, debugpy, jupyter_client,
jupyter_kernel_test and, for ipymini's, ipymini, conkernelclient 0.0.19, kernmini 0.1.4 and murmurhash2; trio, or what is with it is skipped.
xeus-debugger builds its suite: with g++, xeus 6, xeus-zmq 4, Boost 1.88 or later with Process, doctest, pybind11-json and Python's headers, which the
next Debian has. Its client ends itself when one heartbeat takes longer than 90 ms: an idle machine is needed."""
import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from built import BUILD  # noqa: E402

OWN = "asks for the other kernel's own parts, options or version"
# What a person whose notebooks do what these tests do has agreed to.
CONFIG = 'magics = "open"\nok_dests = ["/tmp"]\ntrust = ["multiprocessing.context.Process", "multiprocessing.process.BaseProcess", "subprocess.Popen"]\n'
UNLOCK = "asks for unlock() or subshell(), which are ipymini's own"
LAUNCH = "a thread prints into the cell that started it, as ipymini's suite wants it; this one wants the cell that runs"
# Folder of the tests, names of the kernel, what to run, and what cannot pass: word of pytest's -k: why.
SUITES = {
    "ipykernel": (".", ["python3"], ["tests/test_debugger.py", "tests/test_kernel.py", "tests/test_message_spec.py", "tests/test_async.py",
                                     "tests/test_subshells.py"],
                  {"help_output": OWN, "sys_path_profile_dir": OWN,
                   "test_kernel_info_request": OWN, "correct_cell_from_thread and not global": LAUNCH}),
    "ipymini": (".", ["ipymini"], ["tests/compat", "tests/kernel"],
                {"kernelspec_features": "its kernelspec starts Python", "startup_integration": "startup files of IPython's profiles",
                 "kernel_info_and_connect": "it wants protocol 5.3", "display_data_and_payloads": "a setting of IPython's profiles, display_page",
                 "keyboardinterrupt_during_send": "it changes a module of ipymini's", "use_jedi": "an environment variable of ipymini's",
                 "unlock": UNLOCK, "routed_to_subshell_while": UNLOCK, "subshell_routing": UNLOCK, "nested_ipymini": "it starts ipymini in a cell",
                 "execute_features": "a cell that is not stored has the next number there, the last one in ipykernel and here",
                 "async_line_magic": "a coroutine that a magic gives is awaited there, not in IPython", "subshell_basics": "each subshell counts for itself there, not in ipykernel",
                 "delete_busy": "a deleted subshell is interrupted there; here it lets its cell end, as in ipykernel",
                 "gateway_notebook_cells": "it needs a server of its own"}),
    "nbclient": (".", ["python3", "python"], ["tests"], {"death_during or error_notebook_hook": "a kernel that ends with its Python: this one starts another"}),
    "papermill": (".", ["python3", "python"], ["papermill/tests"], {}),
    "nbconvert": (".", ["python3", "python"], ["tests/preprocessors/test_execute.py", "tests/exporters", "tests/test_nbconvertapp.py"], {}),
    "jupyter_client": (".", ["python3", "python"], ["tests"], {}),
    "jupyter_server": (".", ["python3", "python"], ["tests/services"], {}),
    "testbook": (".", ["python3", "python"], ["testbook/tests"], {
        "patch_basic and os or patch_return_value": "a cell puts a function of its own into `os`", "patch_dict and environ": "a cell empties the environment"}),
    "nbmake": (".", ["python3", "python"], ["tests"], {}),
    "xeus-python": ("test", ["xpython"], ["test_xeus_python_kernel.py"],
                    {"test_completion": "after `from sys imp` it wants the keyword twice, with and without a blank",
                     "xeus_python_stdout or toplevel_await": "it wants the end of a line as a message of its own"}),
}

# The others' settings make an error of pytest-asyncio's warning that this is not said.
OPTIONS = {suite: ["-o", "asyncio_default_fixture_loop_scope=function"] for suite in SUITES if suite != "ipymini"}


def write_specs(folder, names, python, mode):
    "Kernels of these names below `folder`, all of them ours; nobody is there to be asked, so what is asked for is granted."
    argv = [str(BUILD / "safepyrun-kernel"), "--python", python, "--history", ":memory:", "--magics", "open", "{connection_file}"]
    for name in names:
        place = folder / "kernels" / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "kernel.json").write_text(json.dumps({
            "argv": argv, "display_name": name, "language": "python", "interrupt_mode": mode, "metadata": {"debugger": True, "supported_encryption": ["curve"]}}))


# The suite starts this, and talks to its ports once it has read the words.
XPYTHON = """#!/bin/bash
( until (exec 3<>/dev/tcp/127.0.0.1/45551) 2>/dev/null; do sleep 0.05; done; echo "Run with XEUS" >&2 ) &
exec "{kernel}" --python "{python}" --history :memory: --magics open "$@" 2>/dev/null
"""


def xeus_debugger(folder, python, words):
    "Build the suite in the folder of its sources and run it; its exit status."
    tests, built = folder / "test", folder / "test" / "test_xeus_python"
    paths = sysconfig.get_paths()["include"]
    libraries = ["xeus-zmq", "xeus", "zmq", "boost_filesystem", "boost_process", f"python{sysconfig.get_config_var('LDVERSION')}"]
    subprocess.run(["g++", "-std=c++17", "-O0", f"-I{folder / 'include'}", f"-I{paths}", "-I/usr/include/doctest", "main.cpp", "test_debugger.cpp",
                    "xeus_client.cpp", "../src/xutils.cpp", "-o", str(built), *(f"-l{name}" for name in libraries)], cwd=tests, check=True)
    with tempfile.TemporaryDirectory() as temporary:
        program = Path(temporary) / "xpython"
        program.write_text(XPYTHON.format(kernel=BUILD / "safepyrun-kernel", python=python))
        program.chmod(0o755)
        return subprocess.call([str(built), *words], cwd=tests, env={**os.environ, "PATH": f"{temporary}:{os.environ['PATH']}", "XDG_CONFIG_HOME": temporary})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", choices=[*SUITES, "xeus-debugger"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", default=sys.executable)
    options, words = parser.parse_known_args()
    if options.suite == "xeus-debugger":
        return xeus_debugger(options.folder.resolve(), options.python, words)
    folder, names, targets, cannot = SUITES[options.suite]
    mode = "signal" if options.suite == "jupyter_client" else "message"  # its tests count the signals
    with tempfile.TemporaryDirectory() as temporary:
        jupyter = Path(temporary)
        write_specs(jupyter, names, options.python, mode)
        (jupyter / "config/safepyrun").mkdir(parents=True)
        (jupyter / "config/safepyrun/config.toml").write_text(CONFIG)
        if options.suite == "ipymini":  # its tests look into their checkout first
            write_specs(options.folder / "share" / "jupyter", names, options.python, mode)
        for word, why in cannot.items():
            print(f"not run: {word}: {why}")
        return subprocess.call(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--continue-on-collection-errors", "--timeout", "60",
             *OPTIONS.get(options.suite, []), "-k",
             " and ".join(f"not ({word})" for word in cannot) or "test", *targets, *words],
            cwd=options.folder / folder, env={**os.environ, "JUPYTER_PATH": str(jupyter), "XDG_CONFIG_HOME": str(jupyter / "config")})


if __name__ == "__main__":
    sys.exit(main())
