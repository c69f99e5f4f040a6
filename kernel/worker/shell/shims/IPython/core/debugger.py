"""What notebooks take from here to stop a cell: the kernel's own pdb, by IPython's names."""
import pdb  # the kernel's part of it comes with it # noqa: F401
from bdb import BdbQuit  # noqa: F401

import _safepyrun_pdb as _pdb

set_trace, post_mortem, pm = _pdb.set_trace, _pdb.post_mortem, _pdb.pm


class Pdb:
    "A debugger; options of IPython's (colours, context) are passed over."

    def __init__(self, *args, **kwargs):
        pass

    def set_trace(self, frame=None, *, cond=True):
        "Stop at the caller."
        if cond:
            _pdb.set_trace()

    def run(self, statement, globals=None, locals=None):
        "Run statements under the debugger, from their first line."
        _pdb.run(statement, globals, locals)

    def runeval(self, expression, globals=None, locals=None):
        "The value of an expression that is evaluated under the debugger."
        return _pdb.runeval(expression, globals, locals)

    def runcall(self, function, /, *args, **kwargs):
        "Call a function under the debugger; what it returns."
        return _pdb.runcall(function, *args, **kwargs)


InterruptiblePdb = Pdb
