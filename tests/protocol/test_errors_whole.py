"""Groups, notes, causes and contexts of an error are shown whole: all that the same Python prints of it outside, in that order."""
import re
import subprocess

import pytest

from built import PYTHONS
from raw_kernel import RawKernel

ERRORS = {
    "a note": "e = ValueError('whole'); e.add_note('the note'); raise e",
    "notes of several lines": "e = ValueError('whole'); e.add_note('first\nsecond'); e.add_note('third'); raise e",
    "notes that are no texts": "e = ValueError('whole'); e.__notes__ = [1, 'two']; raise e",
    "a cause": "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise RuntimeError('then') from e",
    "a cause with a note": "try:\n    1/0\nexcept ZeroDivisionError as e:\n    e.add_note('inner')\n    raise RuntimeError('then') from e",
    "a cause that was never raised": "raise RuntimeError('then') from KeyError('first')",
    "a context": "try:\n    1/0\nexcept ZeroDivisionError:\n    raise RuntimeError('during')",
    "no context": "try:\n    1/0\nexcept ZeroDivisionError:\n    raise RuntimeError('alone') from None",
    "three in a row": "try:\n    try:\n        1/0\n    except ZeroDivisionError as e:\n        raise KeyError('k') from e\nexcept KeyError:\n    raise OSError(2, 'gone', 'file')",
    "a cause and a context": "try:\n    1/0\nexcept ZeroDivisionError:\n    try:\n        raise RuntimeError('one')\n    except RuntimeError as e:\n        raise LookupError('two') from e",
    "a circle of causes": "a, b = ValueError('a'), ValueError('b')\na.__cause__, b.__cause__ = b, a\nraise a",
    "a group": "raise ExceptionGroup('several', [ValueError('a'), TypeError('b')])",
    "a group with notes": "e, g = ValueError('a'), TypeError('b')\ne.add_note('of a')\ng = ExceptionGroup('several', [e, g])\ng.add_note('of all')\nraise g",
    "groups in groups": "raise ExceptionGroup('outer', [ValueError('a'), ExceptionGroup('inner', [KeyError('k'), OSError(2, 'no file')]), IndexError('z')])",
    "a group of raised errors": "caught = []\nfor i in range(3):\n    try:\n        [1][i + 1]\n    except IndexError as e:\n        caught.append(e)\nraise ExceptionGroup('all', caught)",
    "a group with causes inside": "try:\n    try:\n        1/0\n    except ZeroDivisionError as e:\n        raise RuntimeError('then') from e\nexcept RuntimeError as e:\n    raise ExceptionGroup('g', [e])",
    "a group that has a cause": "try:\n    raise ExceptionGroup('first', [ValueError('a')])\nexcept ExceptionGroup as e:\n    raise RuntimeError('then') from e",
    "a group for a cause of a group": "raise ExceptionGroup('second', [KeyError('k')]) from ExceptionGroup('first', [ValueError('a')])",
    "a group of many": "raise ExceptionGroup('many', [ValueError(f'number {i}') for i in range(20)])",
    "a deep group": "g = ValueError('leaf')\nfor i in range(14):\n    g = ExceptionGroup(f'level {i}', [g])\nraise g",
    "a base group": "raise BaseExceptionGroup('base', [GeneratorExit('g'), ValueError('v')])",
    "an own group": "class Mine(ExceptionGroup): pass\nraise Mine('mine', [ValueError('a')])",
    "what except* leaves": "try:\n    raise ExceptionGroup('g', [ValueError('a'), TypeError('b'), KeyError('c')])\nexcept* ValueError:\n    pass",
    "an error in except*": "try:\n    raise ExceptionGroup('g', [ValueError('a')])\nexcept* ValueError:\n    raise RuntimeError('in it')",
    "a group of tasks": "import asyncio\nasync def fails(n): raise ValueError(f'task {n}')\nasync def main():\n    async with asyncio.TaskGroup() as tasks:\n        tasks.create_task(fails(1)); tasks.create_task(fails(2))\nasyncio.run(main())",
    "a syntax error of a text": "try:\n    compile('a b', 'text', 'exec')\nexcept SyntaxError as e:\n    raise ValueError('bad text') from e",
    "a text that cannot be": "class Bad(Exception):\n    def __str__(self): raise ValueError\nraise Bad",
}


@pytest.fixture(scope="module", params=PYTHONS)
def both(request, tmp_path_factory):
    kernel = RawKernel(tmp_path_factory.mktemp("kernel"), "--python", PYTHONS[request.param])
    yield kernel, PYTHONS[request.param]
    kernel.stop()


def said(traceback):
    "The lines of a traceback that are no places, no source and no frame around them."
    found, place = [], None
    for line in traceback.splitlines():
        bare = re.sub(r"^[\s|+-]*", "", line)
        indent = len(line) - len(bare)
        if bare.startswith("File "):
            place = indent
        elif place is not None and indent > place:
            continue # its source, of several lines perhaps
        else:
            place = None
        if bare and not re.match(r"File |Traceback|Exception Group Traceback|\d+ -+|[\^~]+|-+$", bare):
            found.append(bare.rstrip())
    return found


def missing(wanted, shown):
    "Those of `wanted` that do not follow in `shown`, in order."
    rest = iter(shown)
    return [line for line in wanted if not any(line in other for other in rest)]


@pytest.mark.parametrize("name", ERRORS)
def test_all_that_python_says_is_shown(both, name):
    kernel, python = both
    outside = subprocess.run([python, "-c", ERRORS[name]], capture_output=True, text=True).stderr.replace("__main__.", "")
    wanted, shown = said(outside), said(kernel.run(ERRORS[name]).traceback)
    assert wanted and not missing(wanted, shown), f"{outside}\n{shown}"
