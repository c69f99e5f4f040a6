"""Each test runs in every Python that the extension was built for; `sandbox` is where its code runs."""
import pytest

from built import BUILD, PYTHONS
from interpreters import Interpreter, Sandbox


@pytest.fixture(scope="session", params=PYTHONS.items(), ids=PYTHONS)
def interpreter(request):
    interpreter = Interpreter(*request.param)
    yield interpreter
    interpreter.close()


@pytest.fixture
def sandbox(interpreter, tmp_path):
    return Sandbox(interpreter, tmp_path)


def pytest_collection_modifyitems(items):
    "Without a build there is nothing to test, and that is an error."
    if not PYTHONS and items:
        raise pytest.UsageError(f"{BUILD} has no _safepyrun extension; build it, or set SAFEPYRUN_BUILD")
