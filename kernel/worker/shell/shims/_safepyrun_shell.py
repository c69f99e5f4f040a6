"""The object that get_ipython() gives: what libraries and cells use of IPython's shell."""
import _safepyrun_code
import _safepyrun_kernel as _kernel
from _safepyrun_extensions import ExtensionManager
from _safepyrun_formatters import DisplayFormatter, DisplayPublisher
from _safepyrun_kernelobject import Kernel, enter_parent
from _safepyrun_code import SETTINGS, CodeRunner, ExecutionInfo, ExecutionResult, render, takes_error, transform, tree  # noqa: F401


class _Events:
    "Callbacks around cells."
    names = ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell", "shell_initialized")

    def __init__(self):
        self.callbacks = {name: [] for name in self.names}

    def register(self, event, function):
        "Call `function` at that event. KeyError for an unknown event."
        if event not in self.callbacks:
            raise KeyError(f"no event is called {event!r}; there are {', '.join(self.names)}")
        if function not in self.callbacks[event]:
            self.callbacks[event].append(function)

    def unregister(self, event, function):
        "Take it back; ValueError when it is not registered."
        if function not in self.callbacks[event]:
            raise ValueError(f"Function {function!r} is not registered as a {event} callback")
        self.callbacks[event].remove(function)

    def trigger(self, event, *args):
        "Call what is registered; an error is shown and does not stop the others."
        for function in list(self.callbacks.get(event, ())):
            try:
                function(*args[:_arguments_taken(function)])
            except Exception as error:
                import sys
                sys.stderr.write(f"Error in callback {function!r} (for {event}):\n{_kernel.describe_error(error)}\n")


def _arguments_taken(function):
    "How many positional arguments a callback takes; None when only a call can tell."
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None or code.co_flags & 0x04:  # CO_VARARGS
        return None
    return code.co_argcount - (1 if hasattr(function, "__self__") else 0)


class _Config(dict):
    "Settings by section; a section that is not there is empty."

    def __getattr__(self, name):
        if name.startswith("_"):  # what display asks every object for
            raise AttributeError(name)
        return self.setdefault(name, _Config())

    def __setattr__(self, name, value):
        self[name] = value


RESERVED = ("allow", "deny", "ok_dests", "trusted", "policy", "check", "audit")  # magics that widen, or that tell what is widened
unexpanded, scoped = set(), set()  # functions of magics that get their line as it was typed; that take the local names


def _expanded(function, line):
    return line if getattr(function, "__func__", function) in unexpanded else _kernel.expand(line)


def _scope_for(function):
    return {"local_ns": _kernel.local_scope()} if getattr(function, "__func__", function) in scoped else {}


def user_magic_names(kind):
    "Of the magics that cells and libraries registered."
    return list(shell.magics_manager.user[kind])


def user_magic(name):
    "The function of '%name' or '%%name' of theirs, or None."
    return shell.magics_manager.of_user("cell" if name.startswith("%%") else "line", name.lstrip("%"))


class _MagicsManager:
    def __init__(self):
        self.user = {"line": {}, "cell": {}}

    def of_user(self, kind, name):
        "The function that a cell or a library registered, or None."
        return None if name in RESERVED else self.user[kind].get(name)

    @property
    def magics(self):
        line, cell = _kernel.magic_names()
        return {"line": {**dict.fromkeys(line), **self.user["line"]}, "cell": {**dict.fromkeys(cell), **self.user["cell"]}}

    def register_function(self, func, magic_kind="line", magic_name=None):
        "As the shell's register_magic_function()."
        shell.register_magic_function(func, magic_kind, magic_name)

    def register(self, *magics):
        "As the shell's register_magics()."
        shell.register_magics(*magics)

    def lsmagic(self):
        return {kind: sorted(names) for kind, names in self.magics.items()}


class _HistoryManager:
    enabled = True
    db_cache_size = 0

    @property
    def hist_file(self):
        "The history's place: a path, or ':memory:'."
        return _kernel.query("history_place", {}).get("path", ":memory:")

    @property
    def session_number(self):
        "Of this session, from 1."
        return _kernel.query("history_place", {}).get("session", 0)

    @property
    def input_hist_raw(self):
        "The list `In` itself."
        return _kernel.namespace().get("In", [""])

    input_hist_parsed = input_hist_raw

    @property
    def output_hist(self):
        return _kernel.namespace().get("Out", {})

    def get_range_by_str(self, rangestr, raw=True, output=False):
        "Rows of '4', '4-6', '~1/3-5' and the like."
        import _safepyrun_history
        return iter(_safepyrun_history.entries(rangestr, raw, output))

    def search(self, pattern="*", raw=True, search_raw=True, output=False, n=None, unique=False):
        "Rows whose input matches a pattern as of files, all sessions'; the last n."
        answer = _kernel.query("history", {"hist_access_type": "search", "pattern": pattern, "raw": raw, "output": output,
                                           "unique": unique, **({} if n is None else {"n": n})})
        return [tuple(row) for row in answer.get("history", ())]

    def get_range(self, session=0, start=1, stop=None, raw=True, output=False):
        "Rows (session, line, input) of the history."
        answer = _kernel.query("history", {"hist_access_type": "range", "session": session, "start": start, "stop": stop,
                                           "raw": raw, "output": output})
        return [tuple(row) for row in answer.get("history", ())]

    def get_tail(self, n=10, raw=True, output=False, include_latest=False):
        "The last n rows."
        answer = _kernel.query("history", {"hist_access_type": "tail", "n": n, "raw": raw, "output": output})
        return [tuple(row) for row in answer.get("history", ())]


class _Inspector:
    "What tells of objects."

    def info(self, obj, oname="", info=None, detail_level=0):
        "IPython's fields for an object."
        return _safepyrun_code.value_fields(obj, oname, detail_level)


class _Aliases:
    "There are none: what IPython has aliases for are magics here."
    aliases = ()

    def is_alias(self, name):
        return False


class InteractiveShellABC:
    "What isinstance() is asked for."

    @staticmethod
    def register(cls):
        "Other shells may say that they are one; nothing here asks."
        return cls


class _Payloads:
    "What goes into the running cell's reply."

    def write_payload(self, data, single=True):
        "Add a payload; with `single`, of two with the same source the later stands."
        _kernel.add_payload(data, single)


def _displayhook(value=None):
    "Show a value as a cell's last expression is shown."
    _kernel.displayhook(value)


class _ShellType(type):
    "Settings that are given to the class are the one object's."

    def __setattr__(cls, name, value):
        if name == "_instance" or not hasattr(cls, "_instance") or cls._instance is None:
            type.__setattr__(cls, name, value)
        elif name in SETTINGS:
            setattr(shell, name, value)
        else:
            raise AttributeError(f"{name} is no setting of the shell; those are {', '.join(sorted(SETTINGS))}")

    def __delattr__(cls, name):
        raise AttributeError(f"{name} is not yours to delete")


class _Fixed:
    "A method or a part of the shell that nothing of the object's own stands before, and that is not set anew."

    def __init__(self, name, value):
        self._name, self._value = name, value

    def __get__(self, shell, owner=None):
        if shell is None or not hasattr(self._value, "__get__"):
            return self._value
        return self._value.__get__(shell, owner)

    def __set__(self, shell, value):
        raise AttributeError(f"{self._name} is not yours to change")

    __delete__ = __set__


FIXED = ("run_line_magic", "run_cell_magic", "magic", "find_magic", "find_line_magic", "find_cell_magic", "register_magic_function",
         "register_magics", "system", "getoutput", "run_cell", "ev", "ex", "user_expressions", "push")


class InteractiveShell(CodeRunner, InteractiveShellABC, metaclass=_ShellType):
    "The kernel's shell: one object, which get_ipython() gives."
    _instance = None
    banner = banner1 = ""
    colors = "neutral"
    active_eventloop = None
    has_trio = debug = False
    profile = "default"

    def __init__(self):
        self.events, self.display_formatter, self.display_pub = _Events(), DisplayFormatter(), DisplayPublisher()
        self._config, self.kernel, self.magics_manager, self.configurables = None, Kernel(), _MagicsManager(), []
        self.history_manager, self.kernel.shell = _HistoryManager(), self
        self._prepare_code()
        self.extension_manager = ExtensionManager(self)
        self.meta, self.db = _Config(), {}
        self.payload_manager, self.displayhook = _Payloads(), _displayhook
        self.inspector, self.alias_manager = _Inspector(), _Aliases()
        self._take_last_cell()

    @property
    def config(self):
        "The settings of sections: traitlets' Config where traitlets is installed, made when it is first asked for."
        if self._config is None:
            try:
                from traitlets.config import Config
            except ImportError:
                Config = _Config
            self._config = Config(IPKernelApp=Config())
        return self._config

    @config.setter
    def config(self, value):
        self._config = value

    def _take_last_cell(self):
        "The shell is made when a cell first asks for it: how the cell before that one ended."
        count, error = _kernel.execution_count() - 1, _kernel.unheard_error()
        self.last_execution_succeeded, self.last_execution_result = error is None, None
        if 0 < count < len(self.history_manager.input_hist_raw):
            info = ExecutionInfo(self.history_manager.input_hist_raw[count], True, False)
            self.last_execution_result = ExecutionResult(info, self.history_manager.output_hist.get(count), error, count)

    @classmethod
    def instance(cls, *args, **kwargs):
        "The one object."
        return shell

    @classmethod
    def initialized(cls):
        "Is there one? Always."
        return True

    @property
    def user_ns(self):
        return _kernel.namespace()

    user_global_ns = user_ns
    user_ns_hidden = property(lambda self: {})

    @property
    def user_module(self):
        import sys
        return sys.modules["__main__"]

    @property
    def execution_count(self):
        "The number of the cell after this one, as IPython has it."
        return _kernel.execution_count() + 1

    # ---- whose output it is

    def get_parent(self):
        "The request that output belongs to; {} before the first."
        return self.kernel.get_parent()

    parent_header = property(get_parent)

    def set_parent(self, parent):
        "Let what this thread shows from now on belong to a request that get_parent() gave."
        enter_parent(parent)

    def set_thread_parent(self, parent):
        "The same; a token for reset_thread_parent."
        return enter_parent(parent)

    def reset_thread_parent(self, token):
        "Back to what was before set_thread_parent."
        if token is not None:
            _kernel.leave_parent(token)

    # ---- magics and commands

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        "What %magic_name line does."
        function = self.magics_manager.of_user("line", magic_name)
        if function is None:
            return _kernel.run_magic(magic_name, line)
        return function(_expanded(function, line), **_scope_for(function))

    def run_cell_magic(self, magic_name, line, cell):
        "What %%magic_name line does with the cell below."
        function = self.magics_manager.of_user("cell", magic_name)
        if function is None:
            return _kernel.run_magic(magic_name, line, cell)
        return function(_expanded(function, line), cell, **_scope_for(function))

    def magic(self, line):
        "What %line does."
        name, _, rest = line.lstrip("%").partition(" ")
        return self.run_line_magic(name, rest)

    def find_magic(self, name, magic_kind="line"):
        "A callable for a magic, or None; of one that a cell or a library registered, its own function."
        own = self.magics_manager.of_user(magic_kind, name)
        if own is not None:
            return own
        if name in self.magics_manager.magics.get(magic_kind, ()):
            return lambda *args: (self.run_line_magic if magic_kind == "line" else self.run_cell_magic)(name, *args)
        return None

    find_line_magic = find_magic

    def find_cell_magic(self, name):
        return self.find_magic(name, "cell")

    def register_magic_function(self, func, magic_kind="line", magic_name=None):
        "Let %name call a function of yours. magic_kind: 'line', 'cell' or 'line_cell'."
        name = magic_name or func.__name__
        if name in RESERVED:
            raise ValueError(f"%{name} is the kernel's own")
        if magic_kind not in ("line", "cell", "line_cell"):
            raise ValueError(f"magic_kind is 'line', 'cell' or 'line_cell', not {magic_kind!r}")
        for kind in ("line", "cell"):
            if kind in magic_kind:
                self.magics_manager.user[kind][name] = func

    def register_magics(self, *magics):
        "Offer the magics of instances or classes of IPython.core.magic.Magics."
        for item in magics:
            item = item(self) if isinstance(item, type) else item
            for kind, names in item.magics.items():
                for name, method in names.items():
                    if name in RESERVED:
                        raise ValueError(f"%{name} is the kernel's own")
                    self.magics_manager.user[kind][name] = getattr(item, method) if isinstance(method, str) else method

    def system(self, cmd):
        "What !cmd does."
        return _kernel.run_shell(cmd, False)

    system_piped = system_raw = system

    def getoutput(self, cmd, split=True, depth=0):
        "What x = !cmd gives: a list of lines."
        lines = _kernel.run_shell(cmd, True)
        return lines if split else "\n".join(lines)

    # ---- names

    def user_expressions(self, expressions):
        "name -> what that expression shows, as in an execute_reply. expressions: dict of name -> source."
        results = {}
        for name, expression in expressions.items():
            try:
                data, metadata = _kernel.format(self.ev(expression), None, None)
                results[name] = {"status": "ok", "data": data, "metadata": metadata}
            except Exception as error:
                results[name] = {"status": "error", **_kernel.error_content(error)}
        return results

    def object_inspect(self, oname, detail_level=0):
        "What is known of a name: found, type_name, docstring and the other fields of IPython's, and text: what `name?` shows."
        text = _kernel.inspect(oname, detail_level)
        return {**_safepyrun_code.object_fields(self, oname, text is not None, detail_level), "text": text or ""}

    def object_inspect_mime(self, oname, detail_level=0, omit_sections=()):
        "What `oname?` shows, by mime type. KeyError when there is no such name."
        return {"text/plain": self.object_inspect_text(oname, detail_level)}

    def ask_yes_no(self, prompt, default=None, interrupt=None):
        "Ask until the answer is yes or no; '' is `default` ('y', 'n' or None), an interrupt is `interrupt`."
        answers = {"y": True, "yes": True, "n": False, "no": False, "": {"y": True, "n": False}.get(default)}
        while True:
            try:
                answer = answers.get(_kernel.input(f"{prompt} ").strip().lower())
            except KeyboardInterrupt:
                if interrupt is None:
                    raise
                return answers.get(interrupt)
            if answer is not None:
                return answer

    def object_inspect_text(self, oname, detail_level=0):
        "What `oname?` shows (detail_level 1: `oname??`). KeyError when there is no such name."
        text = _kernel.inspect(oname, detail_level)
        if text is None:
            raise KeyError(oname)
        return text

    def del_var(self, varname, by_name=False):
        "Take a name out of the user's namespace; NameError."
        if varname not in _kernel.namespace():
            raise NameError(f"name {varname!r} is not defined")
        del _kernel.namespace()[varname]

    def extract_input_lines(self, range_str, raw=False):
        "The sources of earlier cells, one after the other: '4', '2-5', '~1/3' of the session before, or several."
        import _safepyrun_history
        return _safepyrun_history.lines(range_str, raw)

    def push(self, variables, interactive=True):
        "Put names into the user's namespace. variables: dict, or names of the calling function's ('a b' or a sequence)."
        if not isinstance(variables, dict):
            names, scope = variables.split() if isinstance(variables, str) else variables, _kernel.local_scope()
            variables = {name: scope[name] for name in names if name in scope}
        _kernel.namespace().update(variables)

    def drop_by_id(self, variables):
        names = _kernel.namespace()
        for name, value in variables.items():
            if names.get(name) is value:
                del names[name]

    def enable_gui(self, gui=None):
        "There is no window system in a kernel: raises for what needs one. Backends that draw in the browser need none."
        if gui not in (None, "inline", "agg", "asyncio", "nbagg", "webagg", "notebook", "ipympl", "widget"):
            raise NotImplementedError(f"this kernel has no event loop for {gui}")

    def enable_matplotlib(self, gui=None):
        "Figures are inline anyway."
        self.enable_gui(gui)
        return "inline", "module://safepyrun_backend_inline"

    def ask_exit(self):
        "Ask the frontend to end the kernel."
        _kernel.add_payload({"source": "ask_exit", "keepkernel": False}, True)

    def set_next_input(self, text, replace=False):
        "Put text into the next cell (or this one)."
        _kernel.add_payload({"source": "set_next_input", "text": text, "replace": replace}, True)

    # ---- what libraries look at

    def __repr__(self):
        return f"<{type(self).__module__}.{type(self).__qualname__} object at {id(self):#x}>"

    @property
    def parent(self):
        "The kernel object."
        return self.kernel

    @property
    def dir_stack(self):
        "The directories that %pushd remembers."
        import _safepyrun_places
        return _safepyrun_places.dirs("")

    @property
    def ns_table(self):
        "'user_global' and 'user_local': the user's namespace, 'builtin': Python's."
        import builtins
        return {"user_global": self.user_ns, "user_local": self.user_ns, "builtin": vars(builtins)}

    def get_local_scope(self, stack_depth=0):
        "The names of the function that this is called from."
        return _kernel.local_scope()

    def has_trait(self, name):
        "Is that a setting of the shell, or one of its parts?"
        return name in SETTINGS or name in ("kernel", "config", "parent")

    def trait_names(self):
        "The names of the settings."
        return list(SETTINGS)

    def traits(self):
        "name -> value of the settings."
        return {name: getattr(self, name) for name in SETTINGS}

    def reset(self, new_session=True, aggressive=False):
        "Delete the names that the user defined, without asking."
        _kernel.run_magic("reset", "-f")


class ZMQInteractiveShell(InteractiveShell):
    "The same under the name by which libraries know that a notebook is in front."


ZMQInteractiveShell.__module__ = "ipykernel.zmqshell"


_info = None  # of the cell that runs


def cell_begins(source, store_history, silent):
    "Called by the kernel before each cell."
    global _info
    _info = ExecutionInfo(source, store_history, silent)
    shell.events.trigger("pre_execute")
    if not silent:
        shell.events.trigger("pre_run_cell", _info)


def cell_ends(result, error, silent):
    "Called by the kernel after each cell."
    shell.last_execution_succeeded = error is None
    shell.events.trigger("post_execute")
    if not silent:
        info = _info or ExecutionInfo(shell.history_manager.input_hist_raw[-1], True, silent)
        if result is None and info.store_history:  # what the cell showed is in Out
            result = shell.history_manager.output_hist.get(_kernel.execution_count())
        shell.last_execution_result = ExecutionResult(info, result, error)
        shell.events.trigger("post_run_cell", shell.last_execution_result)


def _fix(cls, shell):
    "Make the shell's methods that run code, and the parts that others keep things in, such as stay what they are."
    for name in FIXED:
        home = next(base for base in cls.__mro__ if name in vars(base))
        type.__setattr__(home, name, _Fixed(name, vars(home)[name]))
    for name in ("events", "kernel", "magics_manager", "history_manager", "extension_manager"):
        type.__setattr__(cls, name, _Fixed(name, vars(shell).pop(name)))
    return shell


shell = InteractiveShell._instance = ZMQInteractiveShell()
_fix(InteractiveShell, shell)
