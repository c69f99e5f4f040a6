"""What a misspelt name may have been meant for: the last line of the error is that of the same Python outside of the kernel."""
import subprocess

import pytest

from built import PYTHONS
from raw_kernel import RawKernel

CLASSES = """\
import math, json, collections
class Plain:
    name_of, _hidden, Upper = 1, 2, 3
    def own(self): return name_of
    def near(self): return self.hidden
plain = Plain()
alpha_beta = alpha_beto = 1
def inner():
    first_value = 1
    def nested(): return first_valu
    return nested()
def late():
    print(secnd)
    second = 1
"""
# What is written is met by no name that a notebook has and a program has not.
ERRORS = [
    "math.sqr", "[].apend", "''.stripp", "{}.item", "plain.nameof", "plain.hidden", "plain._hiden", "plain.upper", "Plain.nameof",
    "plain.own()", "plain.near()", "alpha_bet", "alpha_betz", "prin(1)", "inner()", "late()", "zzzzzzz", "x9", "json.dump_s", "json.Loads",
    "collections.orderedDict", "maths.pi", "(1).real_part", "alpha_beta_gamma_delta_epsilon_zeta_eta_theta", "abz", "lenn", "KeyErorr",
    "math.floor.calll", "raise NameError('mine')", "raise AttributeError('mine', name='sqr', obj=math)", "raise ImportError('mine')",
    "getattr(math, 'cosinus')", "math.cosinuss", "plain.__claas__", "Plain.__nmae__",
]
SINCE_312 = ["from math import sqr", "from json import lods", "from collections import namedTuple", "from math import _sqrt",
             "statistics", "class Mine(AttributeError): pass\nraise Mine('mine', name='sqr', obj=math)", "from math import zzzzzzz", "tims",
             "tme", "import collections\ncolections", "fractions"]


@pytest.fixture(scope="module", params=PYTHONS)
def both(request, tmp_path_factory):
    "The version, a kernel of it, and what to ask of it."
    version = tuple(map(int, request.param.split(".")))
    kernel = RawKernel(tmp_path_factory.mktemp("kernel"), "--python", PYTHONS[request.param])
    assert kernel.run(CLASSES).reply["status"] == "ok"
    yield kernel, PYTHONS[request.param], ERRORS + (SINCE_312 if version >= (3, 12) else [])
    kernel.stop()


def outside(python, code):
    "The last line of the error that the interpreter prints."
    done = subprocess.run([python, "-c", CLASSES + code], capture_output=True, text=True)
    return done.stderr.splitlines()[-1].removeprefix("__main__.") if done.stderr else ""


def test_they_are_those_of_the_same_python(both):
    """Given the same error in a cell and in a program of the same Python, then the last line is the same."""
    kernel, python, errors = both
    in_cells = {code: (kernel.run(code).traceback.splitlines() or [""])[-1] for code in errors}
    assert in_cells == {code: outside(python, code) for code in errors}


def test_what_was_forgotten_is_told_by_every_python(both):
    """Given a module that was not imported, then every version says so; CPython does since 3.12."""
    kernel, _, _ = both
    last = kernel.run("statistics").traceback.splitlines()[-1]
    assert last == "NameError: name 'statistics' is not defined. Did you forget to import 'statistics'?"
