"""A JupyterLab server and what a person does on its pages."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from built import BUILD
from playwright.sync_api import expect

# `make screenshots` points this at docs/img.
SCREENSHOTS = Path(os.environ.get("SAFEPYRUN_SCREENSHOTS", BUILD / "screenshots"))
DISPLAY_NAME = "Python (safepyrun)"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage"]
WAIT_MS = 30_000
# No question about news over the page, every cell in it even when it is out of sight.
SETTINGS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
            "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Lab:
    """A JupyterLab server on a folder of its own."""

    def __init__(self, folder):
        self.root = folder / "notebooks"
        self.root.mkdir()
        self.url = f"http://127.0.0.1:{free_port()}"
        prefix = folder / "prefix"
        subprocess.run([BUILD / "safepyrun-kernel", "install", "--prefix", prefix, "--python",
                        sys.executable], check=True)
        home = str(folder / "home")
        self.config = folder / "home" / "settings" / "safepyrun" / "config.toml" # of kernels that start from now on
        environment = dict(os.environ, HOME=home, XDG_CONFIG_HOME=home + "/settings", XDG_STATE_HOME=home + "/state", JUPYTER_PATH=str(prefix / "share/jupyter"),
                           JUPYTER_CONFIG_DIR=home + "/config", JUPYTER_DATA_DIR=home + "/data",
                           JUPYTER_RUNTIME_DIR=home + "/runtime",
                           PATH=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])
        overrides = folder / "home/config/labconfig/default_setting_overrides.json"
        overrides.parent.mkdir(parents=True)
        overrides.write_text(json.dumps(SETTINGS))
        self.log = folder / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
                 "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.url.rsplit(':')[-1]}",
                 "--ServerApp.port_retries=0", "--IdentityProvider.token=t",
                 f"--ServerApp.root_dir={self.root}", "--LabApp.extension_manager=readonly",
                 "--ServerApp.terminals_enabled=False"],
                env=environment, stdout=log, stderr=subprocess.STDOUT)

    def wait(self):
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return urllib.request.urlopen(self.url + "/api?token=t", timeout=1).close()
            except OSError:
                time.sleep(0.2)
        pytest.fail("JupyterLab did not come up:\n" + self.log.read_text()[-3000:])

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


class Notebook:
    """The notebook that a page shows; cells are counted from 0."""

    def __init__(self, page):
        self.page = page
        self.running = None
        self.cells = page.locator(".jp-Notebook .jp-Cell")
        expect(page.locator(".jp-Notebook .cm-content").first).to_be_visible(timeout=WAIT_MS)
        self.wait_idle()

    def wait_idle(self):
        """Wait until the status bar says that the kernel is connected and idle."""
        expect(self.page.get_by_role("button", name=f"{DISPLAY_NAME} | Idle")
               ).to_be_visible(timeout=WAIT_MS)

    def type(self, index, code):
        self.cells.nth(index).locator(".cm-content").click()
        self.page.keyboard.insert_text(code)

    def start(self, index, code):
        self.running = index
        self.type(index, code)
        self.page.keyboard.press("Shift+Enter")

    def outputs(self, index):
        return self.cells.nth(index).locator(".jp-OutputArea-output")

    def run(self, index, code):
        """Type, run and wait for the cell's number; the text of its outputs."""
        self.start(index, code)
        self.wait_done(index)
        return "\n".join(self.outputs(index).all_inner_texts())

    def answer(self, text):
        """Answer the question below the running cell."""
        box = self.cells.nth(self.running).locator(".jp-Stdin-input")  # that of an earlier cell may still be there
        expect(box).to_have_count(1, timeout=WAIT_MS)  # that of an earlier question goes a moment after its answer
        expect(box).to_be_visible(timeout=WAIT_MS)
        box.fill(text)
        box.press("Enter")

    def wait_done(self, index):
        prompt = self.cells.nth(index).locator(".jp-InputArea-prompt").first
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=WAIT_MS)

    def screenshot(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / name)


def open_notebook(lab, page, name):
    "A new notebook of that name, in a page."
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("")],
        metadata={"kernelspec": {"name": "safepyrun", "display_name": DISPLAY_NAME,
                                 "language": "python"}})
    nbformat.write(book, lab.root / name)
    page.goto(f"{lab.url}/lab/tree/{name}?token=t&reset")
    return Notebook(page)
