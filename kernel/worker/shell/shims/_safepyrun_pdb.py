"""pdb in cells: breakpoint(), pdb.set_trace(), %debug, %pdb. Its commands come through the frontend's input box, and what
they evaluate is held as a cell is. Imported with pdb, whose functions it takes the place of."""
import bdb
import cmd
import pdb
import sys

import _safepyrun_evaluate as _evaluate
import _safepyrun_kernel as _kernel

for _module in (pdb, bdb, cmd):
    _evaluate.guard(_module)

automatic = False  # %pdb


class Pdb(pdb.Pdb):
    "The standard debugger, in a cell."

    def __init__(self, *args, **kwargs):
        super().__init__(skip=["_safepyrun*", "IPython*", "importlib*"], nosigint=True, readrc=False)
        self.prompt = "ipdb> "

    def canonic(self, filename):
        "A cell's name is no path."
        return filename if filename.startswith("Cell In[") else super().canonic(filename)

    def set_trace(self, frame=None, *, commands=None):
        "Stop there. Since 3.14 pdb would keep this one in its class, to go on with in the next cell."
        if commands is not None:
            self.rcLines.extend(commands)
        bdb.Bdb.set_trace(self, _caller() if frame is None else frame)

    def _cmdloop(self):
        self.cmdloop()  # an interrupt is the cell's

    def do_interact(self, arg):
        "A console of its own is not for cells."
        self.error("interact is not there: evaluate at this prompt")

    def do_quit(self, arg):
        "Leave the debugger and end the cell."
        self._user_requested_quit = True
        self.set_quit()
        return 1

    do_q = do_exit = do_quit


def _caller(depth=2):
    "The frame of the code that asked, below the kernel's own parts."
    frame = sys._getframe(depth)
    while frame.f_back and frame.f_code.co_filename.startswith("<safepyrun "):
        frame = frame.f_back
    return frame


def set_trace(*, header=None, commands=None):
    "Stop here."
    debugger = Pdb()
    if header is not None:
        debugger.message(header)
    debugger.set_trace(_caller(), commands=commands)


def run(statement, globals=None, locals=None):
    "Run statements under the debugger, from their first line."
    namespace = _kernel.namespace() if globals is None else globals
    Pdb().run(statement, namespace, namespace if locals is None else locals)


def runeval(expression, globals=None, locals=None):
    "The value of an expression that is evaluated under the debugger."
    namespace = _kernel.namespace() if globals is None else globals
    return Pdb().runeval(expression, namespace, namespace if locals is None else locals)


def runcall(function, /, *args, **kwargs):
    "Call a function under the debugger; what it returns."
    return Pdb().runcall(_kernel.guarded_eval("lambda f, a, k: f(*a, **k)"), function, args, kwargs)


def post_mortem(t=None):
    "Look at the place that an error came from."
    error = sys.exc_info()[1] if t is None else t
    traceback = getattr(error, "__traceback__", error)
    while traceback is not None and traceback.tb_next and traceback.tb_frame.f_code.co_filename.startswith("<safepyrun "):
        traceback = traceback.tb_next
    if traceback is None:
        raise ValueError("there is no traceback to look at")
    debugger = Pdb()
    debugger.reset()
    debugger.interaction(None, traceback)


def pm():
    "Look at the place that the last error came from."
    post_mortem(getattr(sys, "last_value", None))


def set_automatic(on):
    "%pdb."
    global automatic
    automatic = on


def after_error(error):
    "A cell has failed, and %pdb is on."
    if automatic and not isinstance(error, (bdb.BdbQuit, KeyboardInterrupt, SystemExit)) and error.__traceback__:
        post_mortem(error)


def breakpoint_hook(*args, **kwargs):
    "breakpoint() in a cell: sys.breakpointhook, else what PYTHONBREAKPOINT names, else JupyterLab's debugger or pdb."
    import os
    debugger = sys.modules.get("_safepyrun_debugger")
    if debugger is not None and debugger.is_attached():
        return debugger.stop_at(_caller())
    hook = sys.breakpointhook
    if hook is not sys.__breakpointhook__ and not getattr(hook, "__module__", "").startswith(("pydevd", "_pydev")):
        return hook(*args, **kwargs)
    name = os.environ.get("PYTHONBREAKPOINT") or "pdb.set_trace"
    if name == "0":
        return None
    if name in ("pdb.set_trace", "debugpy.breakpoint", "ipdb.set_trace", "IPython.core.debugger.set_trace"):
        return set_trace(*args, **kwargs)
    module, _, function = name.rpartition(".")
    call = _kernel.guarded_eval("lambda module, name, a, k: getattr(__import__(module, None, None, [name]), name)(*a, **k)")
    return call(module or "builtins", function, args, kwargs)


for _name in ("Pdb", "set_trace", "run", "runeval", "runcall", "post_mortem", "pm"):
    setattr(pdb, _name, globals()[_name])
