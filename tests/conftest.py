"""A library that has no wheel for a new Python (.ci/venv names it) is a test's reason to be skipped, told with the test."""
import importlib.util
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
    return {module: name for module, name in modules.items() if not importlib.util.find_spec(module)}


WITHOUT = without()


def wanted(text):
    "The distribution that a failure's text says is missing, if it is one of those."
    for module in re.findall(r"No module named '?\"?(\w+)", text) + re.findall(r"[`'](\w+)[`'].{0,80}not installed", text):
        if module in WITHOUT:
            return WITHOUT[module]
    return None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    name = wanted(report.longreprtext) if WITHOUT and report.failed else None
    if name:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: no wheel of {name} for Python {sys.version_info[0]}.{sys.version_info[1]}")
