"""Every line knows its place: an include points down, to a room's public header."""
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def rooms(folder):
    return subprocess.run([ROOT / ".ci/rooms", folder], capture_output=True, text=True)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the sources, to plant includes in."""
    copy = tmp_path_factory.mktemp("tree")
    for room in ("base", "sandbox", "magics", "kernel", "python"):
        shutil.copytree(ROOT / room, copy / room, ignore=lambda _, names: [n for n in names if "." in n and n[-2:] not in (".c", ".h")])
    return copy


def test_every_include_points_down(tree):
    assert rooms(tree).returncode == 0, rooms(tree).stderr


@pytest.mark.parametrize("file, header, why", [
    ("sandbox/list/packs.c", "sandbox/gate/gate.h", "a floor above"),
    ("sandbox/owners/code.c", "sandbox/sandbox.h", "the top of the sandbox"),
    ("base/text.c", "kernel/hop/hop.h", "base knows nobody"),
    ("sandbox/patch/natives.c", "sandbox/gate/judge.h", "past the public header"),
    ("magics/allow.c", "sandbox/gate/gate.h", "past sandbox.h"),
    ("kernel/wire/wire.c", "kernel/front/front.h", "the front's own"),
])
def test_a_planted_include_is_found(tree, file, header, why):
    text = (tree / file).read_text()
    (tree / file).write_text(f'{text}#include "{header}"\n')
    try:
        answer = rooms(tree)
    finally:
        (tree / file).write_text(text)
    assert answer.returncode == 1 and answer.stderr == f"{file} includes {header}\n", why


# ---- the versions of CPython ----------------------------------------------------------------------------------------------

def test_what_differs_between_pythons_is_in_one_file():
    "Private names of CPython, its internal headers, questions for its version."
    for folder in ("base", "sandbox", "magics", "kernel", "python"):
        for file in sorted((ROOT / folder).rglob("*.[ch]")):
            if file != ROOT / "base/interpreter.h":
                found = re.search(r"\b_Py_?[A-Z]\w+|PY_VERSION_HEX|internal/pycore_\w+", file.read_text())
                assert not found, f"{file.relative_to(ROOT)}: {found[0]}"


def test_python_h_is_included_in_one_place():
    "What it has to be told before (PY_SSIZE_T_CLEAN) cannot be forgotten by whoever happens to be first in a file."
    files = [file for folder in ("base", "sandbox", "magics", "kernel", "python") for file in sorted((ROOT / folder).rglob("*.[ch]"))]
    assert [str(file.relative_to(ROOT)) for file in files if "<Python.h>" in file.read_text()] == ["base/interpreter.h"]


@pytest.mark.parametrize("minor, known", [(10, False), (11, True), (15, True), (16, False)])
def test_another_version_stops_the_build_at_that_file(tmp_path, minor, known):
    "The headers of this Python, which say that they are another's: what this one has not may be missing, but only one says why."
    include = sysconfig.get_path("include")
    shutil.copytree(include, tmp_path / "include", symlinks=False)
    version = tmp_path / "include" / "patchlevel.h"
    version.write_text(re.sub(r"(PY_MINOR_VERSION\s+)\d+", rf"\g<1>{minor}", version.read_text()))
    (tmp_path / "asks.c").write_text('#include "base/reference.h"\n')
    built = subprocess.run(["cc", "-fsyntax-only", f"-I{tmp_path}/include", f"-I{ROOT}", tmp_path / "asks.c"], capture_output=True, text=True)
    assert ("Python 3.11 to 3.15 are known; see base/interpreter.h" in built.stderr) != known
    assert known or built.returncode != 0


def test_a_field_that_moved_stops_the_build_at_that_file(tmp_path):
    (tmp_path / "asks.c").write_text("#define func_code func_name_of_another\n#include <Python.h>\n#undef func_code\n"
                                     "#define func_code func_vectorcall_of_another\n#include \"base/interpreter.h\"\n")
    built = subprocess.run(["cc", "-fsyntax-only", f"-I{sysconfig.get_path('include')}", f"-I{ROOT}", tmp_path / "asks.c"], capture_output=True, text=True)
    assert built.returncode != 0 and "base/interpreter.h" in built.stderr and "func_vectorcall_of_another" in built.stderr


# ---- Linux ----------------------------------------------------------------------------------------------------------------

# Those of base/platform.h's first comment; the judge's (sandbox/) know the paths of /proc, and the words by which a worker speaks to its floor.
LINUX = {"base": {"platform.h", "floor_join.c", "floor_word.h", "proc.c", "proc.h", "scratch.c"},
         "kernel/front": {"attributes.c", "checkpoints.c", "checkpoints.h", "confine.c", "floor*", "hold.c", "kept.c", "overlay.c", "process_tree.c",
                          "undo_files.c"},
         "kernel/worker": {"checkpoint.c", "descriptors.c", "fork_away.c", "preview.c"}, "sandbox/gate": {"ground.c", "dests.c", "judge.c"}}


def test_what_is_linuxs_own_is_behind_one_header():
    for folder in ("base", "sandbox", "magics", "kernel", "python"):
        for file in sorted((ROOT / folder).rglob("*.[ch]")):
            if not any(file.match(f"{place}/{name}") for place, names in LINUX.items() for name in names):
                found = re.search(r"""<linux/\w+|<sys/(prctl|syscall|eventfd|signalfd|epoll)\.h|\b(syscall|prctl|memfd_create)\(|"/proc/""", file.read_text())
                assert not found, f"{file.relative_to(ROOT)}: {found[0]}"
