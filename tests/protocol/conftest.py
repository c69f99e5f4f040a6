"""Kernels for the protocol tests: one for a file's tests together, or as many as a test likes of its own."""
import pytest
from raw_kernel import RawKernel


@pytest.fixture
def start(tmp_path):
    "Start a kernel of the test's own: `start(*options, environment=..., **connection)`. All are ended afterwards."
    kernels = []

    def new(*options, **more):
        kernels.append(RawKernel(tmp_path / f"kernel {len(kernels)}", *options, **more))
        return kernels[-1]

    yield new
    for kernel in kernels:
        kernel.stop()


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    "One kernel for all tests of a file; each leaves it idle and alive."
    kernel = RawKernel(tmp_path_factory.mktemp("kernel"))
    yield kernel
    kernel.stop()
