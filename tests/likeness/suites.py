"""Public suites of other kernels against this one, unmodified but for what their kernel's name starts.

    python tests/likeness/suites.py ipykernel DIR [--python PYTHON] [words for pytest]
    python tests/likeness/suites.py ipymini DIR ...
    python tests/likeness/suites.py xeus-python DIR ...

DIR is a checkout of the suite's repository (the source archives on PyPI leave the tests out). PYTHON runs the cells and needs debugpy,
ipykernel, matplotlib and traitlets; what runs this needs pytest, pytest-asyncio, pytest-cov, pytest-timeout, jupyter_client,
jupyter_kernel_test and, for ipymini's, ipymini, conkernelclient 0.0.17 and murmurhash2."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from built import BUILD  # noqa: E402

OWN = "asks for the other kernel's own parts, options or version"
SPAWNS = "the cell starts processes that stay, which cells may not"
LAUNCH = "a thread prints into the cell that started it, as ipymini's suite wants it; this one wants the cell that runs"
# Folder of the tests, names of the kernel, what to run, and what cannot pass: word of pytest's -k: why.
SUITES = {
    "ipykernel": (".", ["python3"], ["tests/test_debugger.py", "tests/test_kernel.py", "tests/test_message_spec.py", "tests/test_async.py",
                                     "tests/test_subshells.py"],
                  {"subprocess_": SPAWNS, "shutdown_subprocesses": SPAWNS, "help_output": OWN, "sys_path_profile_dir": OWN,
                   "test_kernel_info_request": OWN, "correct_cell_from_thread and not global": LAUNCH}),
    "ipymini": (".", ["ipymini"], ["tests/compat", "tests/kernel"],
                {"lifecycle": OWN, "loop_cleanup": OWN, "kernelspec_features": OWN, "startup_integration": OWN, "kernel_info_and_connect": OWN,
                 "display_data_and_payloads": OWN, "keyboardinterrupt_during_send": OWN, "unlock": OWN, "routed_to_subshell_while": OWN,
                 "subshell_routing": OWN, "execute_features": OWN, "async_line_magic": OWN, "subshell_basics": OWN,
                 "delete_busy": "a deleted subshell lets its cell end", "idle_not_delayed_by_poll": "20 ms are not kept on a busy machine"}),
    "xeus-python": ("test", ["xpython"], ["test_xeus_python_kernel.py"],
                    {"xeus_python_stdout or toplevel_await": "it wants the end of a line as a message of its own"}),
}


def write_specs(folder, names, python):
    "Kernels of these names below `folder`, all of them ours; nobody is there to be asked, so what is asked for is granted."
    argv = [str(BUILD / "safepyrun-kernel"), "--python", python, "--history", ":memory:", "--magics", "open", "{connection_file}"]
    for name in names:
        place = folder / "kernels" / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "kernel.json").write_text(json.dumps({
            "argv": argv, "display_name": name, "language": "python", "interrupt_mode": "message", "metadata": {"debugger": True}}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", default=sys.executable)
    options, words = parser.parse_known_args()
    folder, names, targets, cannot = SUITES[options.suite]
    with tempfile.TemporaryDirectory() as temporary:
        jupyter = Path(temporary)
        write_specs(jupyter, names, options.python)
        if options.suite == "ipymini":  # its tests look into their checkout first
            write_specs(options.folder / "share" / "jupyter", names, options.python)
        for word, why in cannot.items():
            print(f"not run: {word}: {why}")
        return subprocess.call(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--timeout", "60", "-k",
             " and ".join(f"not ({word})" for word in cannot), *([] if any(not word.startswith("-") for word in words) else targets), *words],
            cwd=options.folder / folder, env={**os.environ, "JUPYTER_PATH": str(jupyter), "HOME": temporary})


if __name__ == "__main__":
    sys.exit(main())
