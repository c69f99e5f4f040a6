"""What the build made: its folder, the kernel in it, and the Pythons that it made an extension for."""
import glob
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(os.environ.get("SAFEPYRUN_BUILD", ROOT / "build"))
HOST = os.environ.get("SAFEPYRUN_HOST")  # "python" or "embed"; the kernel's own choice when not set


def kernel_command(*options):
    "argv of a kernel whose cells run in the Python of the tests."
    return [str(BUILD / "safepyrun-kernel"), "--python", sys.executable, *(["--host", HOST] if HOST else []),
            *map(str, options)]


def built_pythons():
    "{version: executable}, oldest first, of those that there is an extension for; this Python stands for its own version."
    listed = BUILD / "pythons" # "3.11 /usr/bin/python3.11", one a line: cmake/Pythons.cmake
    found = dict(line.split(" ", 1) for line in listed.read_text().splitlines()) if listed.exists() else {}
    found["%d.%d" % sys.version_info[:2]] = sys.executable
    return {version: found[version] for version in sorted(found, key=lambda v: tuple(map(int, v.split("."))))
            if glob.glob(str(BUILD / f"_safepyrun.*{version.replace('.', '')}*.so"))}


PYTHONS = built_pythons()
