"""pdb in cells: breakpoint(), pdb.set_trace(), %debug, %pdb. Its commands come through the frontend's input box, and what
they evaluate is held as a cell is. Imported with pdb, whose functions it takes the place of."""
import bdb
import cmd
import inspect
import linecache
import pdb
import sys

import _safepyrun_evaluate as _evaluate
import _safepyrun_kernel as _kernel

for _module in (pdb, bdb, cmd):
    _evaluate.guard(_module)

automatic = False  # %pdb
_LINES = 5         # shown of the code where it stops
_CALLS = {"__name__": "_safepyrun_calls"}  # the globals of what calls for runcall()
_GREEN, _CYAN = "\x1b[32m", "\x1b[36m"


def _paint(colour, text):
    from _safepyrun_shell import shell
    return text if str(shell.colors).lower() == "nocolor" else f"{colour}{text}\x1b[0m"


class Pdb(pdb.Pdb):
    "The standard debugger with IPython's habits, in a cell."

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
        try:
            self.cmdloop()
        except KeyboardInterrupt:  # it is the cell's, and not that of the cells that wait behind it
            _kernel.query("keep_queue", {})
            raise

    # -- where it stops

    def user_call(self, frame, argument_list):
        "runcall() stops at the first line of its function, not at its call."
        if not (frame.f_back and frame.f_back.f_globals is _CALLS):
            super().user_call(frame, argument_list)

    def user_return(self, frame, return_value):
        "What pdb notes in the frame is not left among the names of the session."
        super().user_return(frame, return_value)
        if frame.f_locals is frame.f_globals:
            frame.f_globals.pop("__return__", None)

    def user_exception(self, frame, exc_info):
        super().user_exception(frame, exc_info)
        if frame.f_locals is frame.f_globals:
            frame.f_globals.pop("__exception__", None)

    # -- what it shows

    def print_stack_entry(self, frame_lineno, prompt_prefix=None, lines=_LINES):
        "The place, and the lines around it."
        frame, lineno = frame_lineno
        place = f"{self.canonic(frame.f_code.co_filename)}({lineno})"
        rest = self.format_stack_entry(frame_lineno, "\n").split("\n")[0][len(place):]
        self.message(("> " if frame is self.curframe else "  ") + _paint(_GREEN, place) + _paint(_CYAN, rest))
        source = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
        first = max(1, min(lineno - lines // 2, len(source) - lines + 1))
        self._print_numbered(source[first - 1:first - 1 + lines], first, lineno)

    def _print_numbered(self, lines, first, current, breaks=()):
        for number, line in enumerate(lines, first):
            mark = "B" if number in breaks else " "
            head = _paint(_GREEN, f"{'-' * (5 - len(str(number)))}> {number}") if number == current else f"{mark}{number:>6}"
            self.message(f"{head} {line.rstrip()}")

    def _print_lines(self, lines, start, breaks=(), frame=None):
        "l, ll, source."
        self._print_numbered(lines, start, self.tb_lineno.get(frame, frame.f_lineno) if frame else None, breaks)

    def do_where(self, arg):
        "The calls that led here, the last one at the bottom."
        for entry in self.stack:
            self.print_stack_entry(entry, lines=1)

    do_w = do_bt = do_where

    # -- what is typed

    def onecmd(self, line):
        "NAME? and NAME?? tell of it."
        if line.rstrip().endswith("?") and line.strip("? \t"):
            line = ("pinfo2 " if line.rstrip().endswith("??") else "pinfo ") + line.strip("? \t")
        return super().onecmd(line)

    def default(self, line):
        "Python: the value of an expression is shown. The streams stay the cell's."
        line = line.lstrip("! \t")
        try:
            try:
                code, run = _evaluate.guarded_compile(line, "<stdin>", "eval"), _kernel.guarded_eval
            except SyntaxError:
                code, run = _evaluate.guarded_compile(line + "\n", "<stdin>", "exec"), _kernel.guarded_exec
            value = run(code, *self._names("global " in line))
            if value is not None and run is _kernel.guarded_eval:
                self.message(repr(value))
        except Exception:
            self._error_exc()

    def _names(self, by_global=False):
        "Globals and locals for what is typed: comprehensions and lambdas find the function's names among the globals."
        found, local = self.curframe.f_globals, self.curframe_locals
        return found if local is found or by_global else {**found, **local}, local

    def _getval(self, arg):
        "p, pp, whatis and others."
        try:
            return _kernel.guarded_eval(arg, *self._names())
        except Exception:
            self._error_exc()
            raise

    def do_pinfo(self, arg):
        "pinfo EXPRESSION, or NAME?: its type, value, signature and documentation."
        self._tell(arg, False)

    def do_pinfo2(self, arg):
        "pinfo2 EXPRESSION, or NAME??: its source, too."
        self._tell(arg, True)

    def do_pdoc(self, arg):
        "pdoc EXPRESSION: its documentation."
        if (found := self._found(arg)) is not None:
            self.message(inspect.getdoc(found[0]) or "it has no documentation")

    def do_psource(self, arg):
        "psource EXPRESSION: its source."
        self.do_source(arg)

    def _found(self, arg):
        "The value, in a tuple; None when there is none, which has been said."
        try:
            return (self._getval(arg),)
        except Exception:
            return None

    def _tell(self, arg, source):
        if (found := self._found(arg)) is None:
            return
        value = found[0]
        told = [("Type", type(value).__name__), ("String form", str(value)), ("Docstring", inspect.getdoc(value) or "")]
        if callable(value):
            try:
                told.insert(0, ("Signature", f"{arg}{inspect.signature(value)}"))
            except (TypeError, ValueError):
                pass  # C functions may have none
        self.message("\n".join(f"{_paint(_GREEN, head + ':'):<13} {text}" for head, text in told))
        if source:
            self.do_source(arg)

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
    return Pdb().runcall(_kernel.guarded_eval("lambda f, a, k: f(*a, **k)", _CALLS, _CALLS), function, args, kwargs)


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
    hook = sys.breakpointhook  # Python's own may be there as what a cell got for it
    if not str(getattr(hook, "__module__", "")).startswith(("sys", "pydevd", "_pydev")):
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
