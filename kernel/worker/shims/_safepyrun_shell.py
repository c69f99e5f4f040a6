"""The object that get_ipython() gives: what libraries and cells use of IPython's shell."""
import _safepyrun_kernel as _kernel


class _Events:
    "Callbacks around cells."
    names = ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell", "shell_initialized")

    def __init__(self):
        self.callbacks = {name: [] for name in self.names}

    def register(self, event, function):
        "Call `function` at that event. ValueError for an unknown event."
        if event not in self.callbacks:
            raise ValueError(f"no event is called {event!r}; there are {', '.join(self.names)}")
        if function not in self.callbacks[event]:
            self.callbacks[event].append(function)

    def unregister(self, event, function):
        "Take it back; ValueError when it is not registered."
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


class ExecutionInfo:
    "What a pre_run_cell callback is told. raw_cell: str; store_history, silent: bool."
    shell_futures, cell_id = True, None

    def __init__(self, raw_cell, store_history=False, silent=False):
        self.raw_cell, self.store_history, self.silent = raw_cell, store_history, silent

    def __repr__(self):
        return f"<ExecutionInfo raw_cell={self.raw_cell[:50]!r} store_history={self.store_history} silent={self.silent}>"


class ExecutionResult:
    "What a post_run_cell callback and run_cell() are told. result: the value; error_in_exec: the exception or None."
    error_before_exec = None

    def __init__(self, info, result=None, error=None):
        self.info, self.result, self.error_in_exec = info, result, error
        self.execution_count = _kernel.execution_count()

    @property
    def success(self):
        return self.error_in_exec is None

    def raise_error(self):
        "Raise what the cell raised."
        if self.error_in_exec is not None:
            raise self.error_in_exec

    def __repr__(self):
        return f"<ExecutionResult execution_count={self.execution_count} error_in_exec={self.error_in_exec!r} result={self.result!r}>"


class _Formatter:
    "The printers of one MIME type."

    def __init__(self, mime):
        self.format_type, self.type_printers, self.enabled = mime, {}, True

    def for_type(self, type_, function=None):
        "Let `function(obj)` give this representation of instances of `type_` (a class, or 'module.Class')."
        before = self.type_printers.get(type_)
        if function is not None:
            self.type_printers[type_] = function
            _kernel.register_formatter(self.format_type, type_, function)
        return before

    def for_type_by_name(self, module, name, function=None):
        "The same for a class that is not imported yet."
        return self.for_type(f"{module}.{name}", function)

    def pop(self, type_, default=None):
        "Take it back."
        name = f"{type_.__module__}.{type_.__qualname__}" if isinstance(type_, type) else type_
        found = default
        for key in {type_, name}:
            _kernel.register_formatter(self.format_type, key, None)
            found = self.type_printers.pop(key, found)
        return found

    def lookup_by_type(self, type_):
        "What is registered for `type_`; KeyError."
        return self.type_printers[type_]

    def __call__(self, obj):
        return _kernel.format(obj, [self.format_type], None)[0].get(self.format_type)


class _Formatters(dict):
    def __missing__(self, mime):
        self[mime] = _Formatter(mime)
        return self[mime]


class _DisplayFormatter:
    def __init__(self):
        self.formatters = _Formatters()
        self.active_types = []
        for mime in ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml",
                     "application/pdf", "application/json", "application/javascript"):
            self.formatters[mime]
        self.ipython_display_formatter = _Formatter("ipython_display")
        self.mimebundle_formatter = _Formatter("mimebundle")

    def format(self, obj, include=None, exclude=None):
        "(data, metadata) of an object."
        return _kernel.format(obj, include, exclude)

    @property
    def format_types(self):
        return list(self.formatters)


class _DisplayPublisher:
    is_publishing = False

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        "Publish a MIME bundle."
        _kernel.publish("update_display_data" if update else "display_data",
                        {"data": data, "metadata": metadata or {}, "transient": transient or {}})

    def clear_output(self, wait=False):
        "Clear the cell's output."
        _kernel.publish("clear_output", {"wait": bool(wait)})

    def register_hook(self, hook):
        "Not offered: displays are not handed to Python on their way."

    unregister_hook = register_hook


class _Config(dict):
    "Settings by section; a section that is not there is empty."

    def __getattr__(self, name):
        if name.startswith("_"):  # what display asks every object for
            raise AttributeError(name)
        return self.setdefault(name, _Config())

    def __setattr__(self, name, value):
        self[name] = value


_PARENTS_KEPT = 256
_parents = {}  # msg_id -> the kernel's own object, of the requests that get_parent() gave last


def _remember_parent(msg_id, parent):
    _parents.pop(msg_id, None)
    _parents[msg_id] = parent
    if len(_parents) > _PARENTS_KEPT:
        del _parents[next(iter(_parents))]


def _enter_parent(parent):
    "A token to go back with; None when that request is not known (any more)."
    known = _parents.get((parent or {}).get("header", {}).get("msg_id"))
    return known and _kernel.enter_parent(known)


class _Session:
    "What libraries use of the kernel's session: its id, and sending messages to the frontend."

    @property
    def session(self):
        return _kernel.parent_header().get("session", "")

    def send(self, stream, msg_or_type, content=None, parent=None, ident=None, buffers=None, track=False, header=None,
             metadata=None):
        "Publish a message, for the request `parent` (as get_parent() gave it) or the running one. stream: iopub's."
        if stream is not _Kernel.iopub_socket:
            raise ValueError("cells send on the iopub socket alone")
        if isinstance(msg_or_type, dict):
            content, metadata = msg_or_type.get("content"), msg_or_type.get("metadata")
            parent, msg_or_type = parent or msg_or_type.get("parent_header"), msg_or_type["header"]["msg_type"]
        if parent and "header" not in parent:
            parent = {"header": parent}
        token = _enter_parent(parent)
        try:
            _kernel.publish(msg_or_type, content or {}, metadata or {}, [] if buffers is None else list(buffers))
        finally:
            if token is not None:
                _kernel.leave_parent(token)


class _Socket:
    "Stands for iopub where libraries hand it to session.send()."


class _Kernel:
    "What libraries use of the kernel object."
    implementation = "safepyrun"
    shell = None
    session, iopub_socket = _Session(), _Socket()

    def send_response(self, stream, msg_or_type, content=None, ident=None, buffers=None, track=False, header=None,
                      metadata=None, channel=None):
        "Publish a message for the running request."
        self.session.send(stream, msg_or_type, content, buffers=buffers, metadata=metadata)

    @property
    def comm_manager(self):
        import _safepyrun_comm
        return _safepyrun_comm.manager()

    @property
    def execution_count(self):
        return _kernel.execution_count()

    def get_parent(self, channel=None):
        """The request that output belongs to: {'header': {'msg_id': ..., ...}, ...}; {} before the first. Python never
        sees the requests of the control channel, so for 'control' it is the same."""
        header = _kernel.parent_header()
        if not header:
            return {}
        _remember_parent(header.get("msg_id"), _kernel.parent())
        return {"header": header, "msg_id": header.get("msg_id"), "msg_type": header.get("msg_type"),
                "parent_header": {}, "metadata": {}, "content": {}}

    def set_parent(self, ident, parent, channel="shell"):
        "Let what this thread shows from now on belong to a request that get_parent() gave."
        _enter_parent(parent)

    _parent_header = parent_header = property(get_parent)

    @property
    def _parent_ident(self):
        session = self.get_parent().get("header", {}).get("session", "").encode()
        return {"shell": [session], "control": [session]}


class _MagicsManager:
    def __init__(self):
        self.user = {"line": {}, "cell": {}}

    @property
    def magics(self):
        line, cell = _kernel.magic_names()
        return {"line": {**dict.fromkeys(line), **self.user["line"]}, "cell": {**dict.fromkeys(cell), **self.user["cell"]}}

    def lsmagic(self):
        return {kind: sorted(names) for kind, names in self.magics.items()}


class _HistoryManager:
    session_number = 0
    enabled = True

    @property
    def input_hist_raw(self):
        return list(_kernel.namespace().get("In", [""]))

    input_hist_parsed = input_hist_raw

    @property
    def output_hist(self):
        return _kernel.namespace().get("Out", {})

    def get_range(self, session=0, start=1, stop=None, raw=True, output=False):
        "Rows (session, line, input) of the history."
        answer = _kernel.query("history", {"hist_access_type": "range", "session": session, "start": start, "stop": stop,
                                           "raw": raw, "output": output})
        return [tuple(row) for row in answer.get("history", ())]

    def get_tail(self, n=10, raw=True, output=False, include_latest=False):
        "The last n rows."
        answer = _kernel.query("history", {"hist_access_type": "tail", "n": n, "raw": raw, "output": output})
        return [tuple(row) for row in answer.get("history", ())]


class InteractiveShellABC:
    "What isinstance() is asked for."

    @staticmethod
    def register(cls):
        "Other shells may say that they are one; nothing here asks."
        return cls


class _Payloads:
    "What goes into the running cell's reply."

    def write_payload(self, data, single=True):
        "Add a payload; of two with the same source the later stands."
        _kernel.add_payload(data)


def _displayhook(value=None):
    "Show a value as a cell's last expression is shown."
    _kernel.displayhook(value)


class InteractiveShell(InteractiveShellABC):
    "The kernel's shell: one object, which get_ipython() gives."
    _instance = None
    banner = banner1 = ""
    colors = "neutral"
    loop_runner = active_eventloop = None
    has_trio = False

    def __init__(self):
        self.events, self.display_formatter, self.display_pub = _Events(), _DisplayFormatter(), _DisplayPublisher()
        self.config, self.kernel, self.magics_manager = _Config(IPKernelApp=_Config()), _Kernel(), _MagicsManager()
        self.magics_manager.user["line"].update(config=self._set_config, autoawait=self._autoawait)
        self.history_manager, self.kernel.shell = _HistoryManager(), self
        self.input_transformers_cleanup, self.input_transformers_post, self.ast_transformers = [], [], []
        self.meta, self.db = _Config(), {}
        self.payload_manager, self.displayhook = _Payloads(), _displayhook

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
        return _kernel.execution_count()

    # ---- whose output it is

    def get_parent(self):
        "The request that output belongs to; {} before the first."
        return self.kernel.get_parent()

    parent_header = property(get_parent)

    def set_parent(self, parent):
        "Let what this thread shows from now on belong to a request that get_parent() gave."
        _enter_parent(parent)

    def set_thread_parent(self, parent):
        "The same; a token for reset_thread_parent."
        return _enter_parent(parent)

    def reset_thread_parent(self, token):
        "Back to what was before set_thread_parent."
        if token is not None:
            _kernel.leave_parent(token)

    # ---- magics and commands

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        "What %magic_name line does."
        if magic_name in self.magics_manager.user["line"]:
            return self.magics_manager.user["line"][magic_name](line)
        return _kernel.run_magic(magic_name, line)

    def run_cell_magic(self, magic_name, line, cell):
        "What %%magic_name line does with the cell below."
        if magic_name in self.magics_manager.user["cell"]:
            return self.magics_manager.user["cell"][magic_name](line, cell)
        return _kernel.run_magic(magic_name, line, cell)

    def magic(self, line):
        "What %line does."
        name, _, rest = line.lstrip("%").partition(" ")
        return self.run_line_magic(name, rest)

    def find_magic(self, name, magic_kind="line"):
        "A callable for a magic, or None."
        if name in self.magics_manager.magics.get(magic_kind, ()):
            return lambda *args: (self.run_line_magic if magic_kind == "line" else self.run_cell_magic)(name, *args)
        return None

    find_line_magic = find_magic

    def find_cell_magic(self, name):
        return self.find_magic(name, "cell")

    def register_magic_function(self, func, magic_kind="line", magic_name=None):
        "Let %name call a function of yours. magic_kind: 'line', 'cell' or 'line_cell'."
        name = magic_name or func.__name__
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
                    self.magics_manager.user[kind][name] = getattr(item, method) if isinstance(method, str) else method

    def _set_config(self, line):
        "%config Class.name = value: how figures are shown (InlineBackend); other settings are only kept."
        import ast
        target, equals, value = line.partition("=")
        section, dot, name = target.strip().partition(".")
        if not (equals and dot and section.isidentifier() and name.isidentifier()):
            raise ValueError("usage: %config Class.name = value")
        value = ast.literal_eval(value.strip())
        self.config[section] = _Config({**self.config.get(section, {}), name: value})
        if section == "InlineBackend":
            import safepyrun_backend_inline
            safepyrun_backend_inline.configure(name, value)

    def _autoawait(self, line):
        "%autoawait: await outside of functions is always on, and runs in asyncio's loop."
        if not line.strip():
            print("IPython autoawait is `on`, and set to use `asyncio`")
        elif line.strip().lower() not in ("on", "true", "asyncio"):
            raise NotImplementedError(f"top-level await is always on and uses asyncio, not {line.strip()!r}")

    def system(self, cmd):
        "What !cmd does."
        return _kernel.run_shell(cmd, False)

    system_piped = system_raw = system

    def getoutput(self, cmd, split=True, depth=0):
        "What x = !cmd gives: a list of lines."
        lines = _kernel.run_shell(cmd, True)
        return lines if split else "\n".join(lines)

    # ---- code and names

    def ev(self, expr):
        "The value of an expression in the user's namespace."
        return _kernel.run_cell(expr)

    def ex(self, cmd):
        "Run statements in the user's namespace."
        _kernel.run_cell(cmd)

    def run_cell(self, raw_cell, store_history=False, silent=False, shell_futures=True, cell_id=None):
        "Run source as part of the running cell; an object with result, error_in_exec and success."
        result = ExecutionResult(ExecutionInfo(raw_cell, store_history, silent))
        try:
            result.result = _kernel.run_cell(raw_cell)
            if result.result is not None and not silent:
                _kernel.displayhook(result.result)
        except Exception as error:
            result.error_in_exec = error
            self.showtraceback((type(error), error, error.__traceback__))
        return result

    def transform_cell(self, raw_cell):
        return raw_cell

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
        "What is known of a name: {'found': bool, 'name': str, 'text': what `name?` shows}."
        text = _kernel.inspect(oname, detail_level)
        return {"found": text is not None, "name": oname, "text": text or ""}

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
        "The sources of earlier cells of this session, as '4', '2-5' or several of them, one after the other."
        inputs, found = self.history_manager.input_hist_raw, []
        for part in range_str.split():
            first, dash, last = part.partition("-")
            found += inputs[int(first):int(last or first) + 1]
        return "\n".join(found)

    def push(self, variables, interactive=True):
        "Put names into the user's namespace. variables: dict, or names of the caller's (not offered)."
        _kernel.namespace().update(variables)

    def drop_by_id(self, variables):
        names = _kernel.namespace()
        for name, value in variables.items():
            if names.get(name) is value:
                del names[name]

    def showtraceback(self, exc_tuple=None, *args, **kwargs):
        "Show the exception that is being handled, or that of `exc_tuple`, as the error of a cell is shown."
        import sys
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        if error is not None:
            _kernel.publish("error", _kernel.error_content(error))

    showsyntaxerror = showtraceback

    def set_custom_exc(self, exc_tuple, handler):
        "Not offered: errors of cells go to the frontend as they are."

    def enable_gui(self, gui=None):
        "There is no window system in a kernel: raises for anything but None and 'inline'."
        if gui not in (None, "inline", "agg"):
            raise NotImplementedError(f"this kernel has no event loop for {gui}")

    def enable_matplotlib(self, gui=None):
        "Figures are inline anyway."
        self.enable_gui(gui)
        return "inline", "module://safepyrun_backend_inline"

    def ask_exit(self):
        "Ask the frontend to end the kernel."
        _kernel.add_payload({"source": "ask_exit", "keepkernel": False})

    def set_next_input(self, text, replace=False):
        "Put text into the next cell (or this one)."
        _kernel.add_payload({"source": "set_next_input", "text": text, "replace": replace})

    def __repr__(self):
        return "<safepyrun shell>"


class ZMQInteractiveShell(InteractiveShell):
    "The same under the name by which libraries know that a notebook is in front."


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
    shell.events.trigger("post_execute")
    if not silent:
        info = _info or ExecutionInfo(shell.history_manager.input_hist_raw[-1], True, silent)
        if result is None and info.store_history:  # what the cell showed is in Out
            result = shell.history_manager.output_hist.get(_kernel.execution_count())
        shell.events.trigger("post_run_cell", ExecutionResult(info, result, error))


shell = InteractiveShell._instance = ZMQInteractiveShell()
