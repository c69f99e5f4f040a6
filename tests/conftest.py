"""A library that has no wheel for a new Python (.ci/venv names it) is a test's reason to be skipped, told with the test."""
import importlib.util
import inspect
import re
import sys
from pathlib import Path

import pytest

NAMED = Path(sys.prefix, ".without")
# What a distribution is imported as, where that is not its own name.
IMPORTED = {"beautifulsoup4": "bs4", "opencv-python-headless": "cv2", "pillow": "PIL", "python-dateutil": "dateutil", "pyyaml": "yaml",
            "scikit-learn": "sklearn"}


def without():
    "{module: distribution} of what could not be installed here."
    names = NAMED.read_text().split() if NAMED.exists() else []
    modules = {IMPORTED.get(name.lower(), name.replace("-", "_")): name for name in names}
    return {module: name for module, name in modules.items() if not getattr(importlib.util.find_spec(module), "origin", None)}


WITHOUT = without()


def wanted(item, failure):
    "The distribution that a test that failed has in its name, parameters or source, or that its failure says is missing, if it is one of those."
    parameters = getattr(item, "callspec", None)
    told = f"{item.name} {parameters.params if parameters else ''} {inspect.getsource(item.function)}"
    missing = re.findall(r"No module named ['\"]?(\w+)", failure)
    return next((WITHOUT[module] for module in WITHOUT if module in missing or re.search(rf"\b{module}\b", told)), None)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    name = wanted(item, report.longreprtext) if WITHOUT and report.failed else None
    if name:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: no wheel of {name} for Python {sys.version_info[0]}.{sys.version_info[1]}")
