"""JupyterLab with the kernel of the build tree, in the system's Chromium."""
import pytest
from lab_page import CHROMIUM, CHROMIUM_OPTIONS, Lab, open_notebook
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    server = Lab(tmp_path_factory.mktemp("lab"))
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def chromium():
    "Of a file only: as long as it is there an event loop runs in this thread, and tests elsewhere that want one of their own fail."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    yield page
    page.close()


@pytest.fixture
def notebook(lab, page, request):
    """A new notebook of our kernel, opened by its address."""
    return open_notebook(lab, page, request.node.name + ".ipynb")


@pytest.fixture
def settings(lab):
    "Write the person's config.toml for kernels that start in this test."
    lab.config.parent.mkdir(parents=True, exist_ok=True)
    yield lab.config.write_text
    lab.config.unlink(missing_ok=True)
