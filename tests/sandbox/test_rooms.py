"""Every line knows its place: an include points down, to a room's public header."""
import shutil
import subprocess
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
