"""Other people's servers over this kernel, each with a real client: jupyter-mcp-server, and the notebook tools that jupyter-ai gives assistants
in JupyterLab. `make assistants` makes their environments; docs/assistants.md has the configuration that is used here."""
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from built import BUILD
from mcp import Client, StdioServerParameters
from raw_kernel import wait_until
from served import in_loop, text

TOKEN = "a-token-of-the-tests"
# What makes JupyterLab, and all that runs in it, begin notebooks with this kernel and no other.
OURS = ["--MultiKernelManager.default_kernel_name=safepyrun", "--KernelSpecManager.allowed_kernelspecs=safepyrun",
        "--KernelSpecManager.ensure_native_kernel=False"]
# jupyter-mcp-server tells the kernel that it takes input, and answers no question: the person is asked beforehand or not at all.
TELL = 'on_refusal = "tell"\n'
DELETES = "import os\nos.remove('precious.txt')"


def environment_of(variable, package):
    "The Python of an environment that has a package."
    python = os.environ.get(variable)
    return pytest.mark.skipif(not python, reason=f"{package} is in an environment of its own: make assistants, or {variable}=PYTHON"), python


with_mcp_server, MCP_SERVER = environment_of("SAFEPYRUN_JUPYTER_MCP_SERVER", "jupyter-mcp-server")
with_jupyter_ai, JUPYTER_AI = environment_of("SAFEPYRUN_JUPYTER_AI", "jupyter-ai")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Lab:
    "A JupyterLab of another environment, in a folder with a file that nobody wants to lose."

    def __init__(self, python, folder, *options, kernel="safepyrun", settings=None):
        self.folder, self.port = folder / "work", free_port()
        self.folder.mkdir()
        self.precious = self.folder / "precious.txt"
        self.precious.write_text("x")
        home = folder / "home"
        if settings:
            (home / "config" / "safepyrun").mkdir(parents=True)
            (home / "config" / "safepyrun" / "config.toml").write_text(settings)
        subprocess.run([str(BUILD / "safepyrun-kernel"), "install", "--prefix", home, "--name", kernel, "--python", python], check=True)
        self.environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "JUPYTER_DATA_DIR")} | {
            "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state"), "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
            "JUPYTER_PATH": str(home / "share" / "jupyter"), "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "PATH": f"{Path(python).parent}:{os.environ['PATH']}"}
        self.log = folder / "lab.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [python, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={self.port}", "--ServerApp.port_retries=0",
                 f"--ServerApp.root_dir={self.folder}", f"--IdentityProvider.token={TOKEN}", *options], env=self.environment, stdout=log, stderr=log)
        self.url = f"http://127.0.0.1:{self.port}"
        assert wait_until(self.answers, 60), self.log.read_text()

    def answers(self):
        try:
            return self.get("status")
        except (urllib.error.URLError, ConnectionError):
            return None

    def get(self, what, content=None):
        request = urllib.request.Request(f"{self.url}/api/{what}", json.dumps(content).encode() if content else None, {"Authorization": f"token {TOKEN}"})
        return json.load(urllib.request.urlopen(request, timeout=10))

    def kernels(self):
        return [kernel["name"] for kernel in self.get("kernels")]

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()


@contextlib.contextmanager
def lab(*arguments, **more):
    running = Lab(*arguments, **more)
    try:
        yield running
    finally:
        running.stop()


def mcp_server(running):
    "jupyter-mcp-server beside a JupyterLab, over standard input and output."
    return Client(StdioServerParameters(
        command=str(Path(MCP_SERVER).parent / "jupyter-mcp-server"), env=running.environment, cwd=running.folder,
        args=["start", "--transport", "stdio", "--document-url", running.url, "--document-token", TOKEN, "--code-sandbox-url", running.url,
              "--code-sandbox-token", TOKEN, "--start-new-code-sandbox", "false"]), mode="legacy")


async def deletes_nothing(client, running):
    "What the server runs is held: the file stays, the refusal is told, the layers are named."
    told = text(await client.call_tool("execute_code", {"code": DELETES}))
    assert running.precious.exists() and "not allowed" in told, told
    assert "Cells may write below" in text(await client.call_tool("execute_code", {"code": "%policy"}))
    told = text(await client.call_tool("insert_execute_code_cell", {"cell_index": 0, "cell_source": DELETES}))
    assert running.precious.exists() and "not allowed" in told, told
    assert "42" in text(await client.call_tool("execute_code", {"code": "6 * 7"}))


@with_mcp_server
@in_loop
async def test_jupyter_mcp_server_on_a_notebook_whose_kernel_is_this_one(tmp_path):
    "As after a person has opened the notebook in JupyterLab."
    with lab(MCP_SERVER, tmp_path, *OURS, settings=TELL) as running:
        (running.folder / "nb.ipynb").write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
        running.get("sessions", {"path": "nb.ipynb", "type": "notebook", "name": "nb.ipynb", "kernel": {"name": "safepyrun"}})
        async with mcp_server(running) as client:
            used = await client.call_tool("use_notebook", {"notebook_name": "nb", "notebook_path": "nb.ipynb", "mode": "connect"})
            assert not used.is_error, text(used)
            await deletes_nothing(client, running)
        assert running.kernels() == ["safepyrun"]


@with_mcp_server
@in_loop
async def test_jupyter_mcp_server_starts_this_kernel_when_it_is_named_python3(tmp_path):
    "It asks for `python3` by name, whatever the default is."
    with lab(MCP_SERVER, tmp_path, "--KernelSpecManager.ensure_native_kernel=False", kernel="python3", settings=TELL) as running:
        async with mcp_server(running) as client:
            used = await client.call_tool("use_notebook", {"notebook_name": "nb", "notebook_path": "nb.ipynb", "mode": "create"})
            assert not used.is_error, text(used)
            await deletes_nothing(client, running)


@with_jupyter_ai
@pytest.mark.parametrize("answer", ["n", "o"])
@in_loop
async def test_the_notebook_tools_of_jupyter_ai(tmp_path, answer):
    "They drive the JupyterLab that a person has open: what only the person may permit is asked below the cell."
    from playwright.async_api import async_playwright
    port = free_port()
    with lab(JUPYTER_AI, tmp_path, *OURS, f"--MCPExtensionApp.mcp_port={port}") as running:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = await browser.new_page()
            await page.goto(f"{running.url}/lab?token={TOKEN}")
            await page.wait_for_selector(".jp-Launcher", timeout=60_000)
            async with Client(f"http://127.0.0.1:{port}/mcp", mode="legacy") as client:
                created = text(await client.call_tool("create_notebook", {"file_path": "nb.ipynb", "kernel_name": "safepyrun"}))
                assert "Successfully" in created, created
                await client.call_tool("open_file", {"file_path": "nb.ipynb"})
                await page.wait_for_selector(".jp-Notebook")
                await client.call_tool("add_cell", {"file_path": "nb.ipynb", "content": DELETES, "cell_type": "code"})
                ran = asyncio.create_task(client.call_tool("run_all_cells", {"file_path": "nb.ipynb"}))
                box = await page.wait_for_selector(".jp-Stdin-input", timeout=30_000)
                await box.fill(answer)
                await box.press("Enter")
                await ran
                told = ""
                for _ in range(50):
                    told = text(await client.call_tool("read_notebook", {"file_path": "nb.ipynb", "include_outputs": True}))
                    if running.precious.exists() == (answer == "n") and ("Denied" in told or answer == "o"):
                        break
                    await asyncio.sleep(0.2)
                assert ("Denied" in told) == (answer == "n") == running.precious.exists(), told
            await browser.close()
        assert running.kernels() == ["safepyrun"]
