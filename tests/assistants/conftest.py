"""Servers and clients for the tests of `safepyrun mcp`."""
import json
import os
from pathlib import Path

import pytest
from built import BUILD, ROOT, kernel_command
from mcp import Client, StdioServerParameters
from served import TOKEN, Server, command


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    "What a server is started with: this tree's package and kernel, and a home of its own."
    home = tmp_path_factory.mktemp("home")
    spec = home / "jupyter" / "kernels" / "safepyrun"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(json.dumps(
        {"argv": [*kernel_command("-f"), "{connection_file}"], "display_name": "safepyrun", "language": "python"}))
    return {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state"),
            "JUPYTER_PATH": str(home / "jupyter"), "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "python"), str(BUILD)]), "SAFEPYRUN_MCP_TOKEN": TOKEN}


@pytest.fixture(scope="module")
def server(environment, tmp_path_factory):
    "One for all tests of a file; each leaves its kernel idle and alive."
    server = Server(environment, tmp_path_factory.mktemp("folder"))
    yield server
    server.stop()


@pytest.fixture
def stdio(environment, tmp_path):
    "Clients with a server of their own each: `async with stdio(*options, person=...) as client`."
    def start(*options, person=None, mode="auto", cwd=tmp_path):
        arguments = command(*options)
        return Client(StdioServerParameters(command=arguments[0], args=arguments[1:], env=environment, cwd=Path(cwd)),
                      elicitation_callback=person, mode=mode)
    return start


