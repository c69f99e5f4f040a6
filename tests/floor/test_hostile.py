"""Escapes that only hostile code would take, in a session of the real kernel: whatever they do to the session, they leave files,
processes, the network and the environment alone, and the kernel goes on."""
import sys
from pathlib import Path

import pytest

ESCAPES = Path(__file__).parents[1] / "escapes"
sys.path.append(str(ESCAPES))
from run_in_kernel import try_escape  # noqa: E402

HOSTILE = sorted((ESCAPES / "hostile").glob("*.py"))
# The same roads with an effect on the world at their end, and one of each kind that shows what is looked for.
TRIED = {
    "a field that writes": "import dataclasses\nclass C:\n    x = 1\n"
                           "    __annotations__ = {f\"x,open({CANARY + '/new'!r}, 'w')\": int}\n"
                           "C = dataclasses.dataclass(init=False, repr=False)(C)\nC() == C()",
    "a field that runs": "import dataclasses\nclass C:\n    x = 1\n"
                         "    __annotations__ = {f\"x,__import__('os').system('touch ' + {CANARY!r} + '/new')\": int}\n"
                         "C = dataclasses.dataclass(init=False, repr=False)(C)\nC() == C()",
    "a field that sends": "import dataclasses\nclass C:\n    x = 1\n"
                          "    __annotations__ = {f\"x,__import__('socket').create_connection(('127.0.0.1', {PORT}))\": int}\n"
                          "C = dataclasses.dataclass(init=False, repr=False)(C)\nC() == C()",
    "a field that sets": "import dataclasses\nclass C:\n    x = 1\n"
                         "    __annotations__ = {f\"x,__import__('os').putenv('LD_PRELOAD', '/evil.so')\": int}\n"
                         "C = dataclasses.dataclass(init=False, repr=False)(C)\nC() == C()",
    "a property that removes": "import os, pathlib\nproperty.__init__(pathlib.PurePath.name, lambda self: os.remove(CANARY + '/victim'))\n"
                               "pathlib.Path('a').name",
    "a class method that runs": "import os, pathlib\nfor base in pathlib.Path.__mro__:\n    if 'cwd' in vars(base):\n"
                                "        classmethod.__init__(vars(base)['cwd'], lambda cls: os.system('touch ' + CANARY + '/new'))\n"
                                "pathlib.Path.cwd()",
}
SEEN = {
    "files": "open(CANARY + '/new', 'w').close()",
    "processes": "import subprocess\nkept = subprocess.Popen(['sleep', '50'])",
    "network": "import socket\nsocket.create_connection(('127.0.0.1', PORT))",
    "environment": "import os\nos.environ['A_TEST'] = '1'",
}


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_it_leaves_the_world_alone(path):
    row = try_escape(path)
    assert row["effects"] == [] and row["works"], row


@pytest.mark.parametrize("name", TRIED)
def test_so_does_what_its_road_leads_to(tmp_path, name):
    path = tmp_path / "tried.py"
    path.write_text(TRIED[name])
    row = try_escape(path)
    assert row["effects"] == [] and row["works"], row


@pytest.mark.parametrize("effect", SEEN)
def test_what_a_person_trusts_is_seen(tmp_path, effect):
    path = tmp_path / "trusted.py"
    path.write_text(SEEN[effect])
    row = try_escape(path, 'trust = ["subprocess.Popen", "builtins.open", "socket.create_connection", "os.putenv"]\nok_hosts = ["127.0.0.1"]')
    assert effect in row["effects"] and row["works"], row
