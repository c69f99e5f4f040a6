"""RunPython and `allow`: the sandbox as a Python API."""
from __future__ import annotations

import builtins
import itertools
import os
import sys
import types
import warnings
from _collections_abc import Awaitable, Callable, Iterable, Iterator, Mapping

import _safepyrun
from _safepyrun import Denied

from .policies import (AllowPolicy, OpenWritePolicy, PathWritePolicy, PosAllowPolicy, PosWritePolicy, WritePolicy,
                       chk_dest)

# A kernel imports this for a person's config.py before the first cell: what is needed later, or by type checkers, is not imported here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, overload
    _F = TypeVar("_F", bound=Callable[..., Any])
else:
    Any = _F = object # what typing.get_type_hints finds

_safepyrun.install("open")


class _Unset:
    "The value of an argument that was not given; false."

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET = _Unset()
default_ok_dests: Any = None

# What `allow` was given, for the docstring of RunPython and for programs that look at it: names, and for each class or
# module the set of names, or (name, policy), below it. The sandbox itself reads its own table, not these.
__llmtools__: set[str] = set()
__pytools__: dict[Any, set[Any]] = {}


def _pending_names() -> tuple[Callable[[str, Any], None], Callable[[dict[str, Any]], None]]:
    "Two functions over names that were allowed before they exist. Their dict is nowhere that sandboxed code can reach."
    pending: dict[str, Any] = {}
    modules = 0 # how many there were when classes were last looked through

    def wait(name: str, policy: Any) -> None: # a function, not the dict's own method: that one could be called from a sandbox
        pending[name] = policy

    def resolve(g: dict[str, Any]) -> None:
        "Allow those that a loaded module, namespace `g` or a class has by now."
        nonlocal modules
        look_through_classes = modules != len(sys.modules)
        modules = len(sys.modules)
        for name, policy in list(pending.items()):
            found = _lookup(name, g)
            if (_register(name, "trusted", policy) or _is_hosts_own(found, name) and _register(found, "trusted", policy)
                    or look_through_classes and _allow_method(name, policy)):
                del pending[name]
    return wait, resolve


def _is_hosts_own(found: Any, name: str) -> bool:
    """Did the host mean this, or has sandboxed code put something else in the place of a name that is waited for?

    What the allowlist knows, and classes, sandboxed code can have; functions that it does not know are out of its reach.
    """
    if not callable(found) or _safepyrun.is_known(found):
        return False
    return isinstance(found, types.FunctionType) or getattr(found, "__name__", None) == name.rpartition(".")[2]


_wait_for_name, _resolve_pending = _pending_names()


# ---- the caller's namespace -----------------------------------------------------------------------------------------

def _find_frame_dict(sentinel: str | None) -> dict[str, Any]:
    """The globals of the nearest calling frame that has a global called `sentinel`; this module's own when none has.

    sentinel: str, or None for the nearest frame outside of safepyrun. Returns a dict.
    """
    frame: types.FrameType | None = sys._getframe(1)
    while frame:
        names = frame.f_globals
        if sentinel in names if sentinel else names.get("__name__", "").partition(".")[0] != "safepyrun":
            return names
        frame = frame.f_back
    return globals()


def find_var(var: str) -> Any:
    """The value of global `var` in the nearest calling frame that has it, None when none has. var: str."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame:
        if var in frame.f_globals:
            return frame.f_globals[var]
        frame = frame.f_back
    return None


def should_export(k: str, v: Any, g: Mapping[str, Any]) -> bool:
    """True if sandbox name `k` with value `v` should be exported to the caller's globals `g`.

    Names that start with `_` stay; names that end with `_` always go; others unless they would put a callable or a module
    in the place of a name that exists.
    """
    if k.startswith("_"):
        return False
    if k.endswith("_"):
        return True
    return not (k in g and (callable(v) or isinstance(v, types.ModuleType)))


_sources = itertools.count()


def srcfn(src: str) -> str:
    """Store `src` in linecache under one of ten file names, `<pyrun_0>` to `<pyrun_9>` in turn; returns the name.

    So `inspect.getsource` and tracebacks show what was run.
    """
    import linecache
    name = f"<pyrun_{next(_sources) % 10}>"
    linecache.cache[name] = (len(src), None, src.splitlines(keepends=True), name)
    return name



# ---- allow ----------------------------------------------------------------------------------------------------------

def _register(target: Any, grade: str, policy: Any = None) -> bool:
    "Tell the sandbox; False when a name does not exist (yet)."
    try:
        _safepyrun.allow(target, grade, policy)
    except LookupError:
        return False
    return True


def _allow_name(name: str, policy: Any = None) -> None:
    "A dotted name as the caller writes it: now if it can be found, otherwise when code is run."
    __llmtools__.add(name)
    found = _lookup(name, vars(sys.modules.get("__main__", types)))
    if found is not None and callable(found):
        _register(found, "trusted", policy)
    elif not _register(name, "trusted", policy) and not _allow_method(name, policy):
        _wait_for_name(name, policy)


def _allow_method(name: str, policy: Any) -> bool:
    "'ClassName.method': of each class of that name, wherever it is defined. False when there is none."
    class_name, _, method = name.partition(".")
    found = False
    for cls in _classes() if method else ():
        if cls.__name__ == class_name and isinstance(member := vars(cls).get(method), (types.FunctionType, *_NATIVE_METHODS)):
            found |= _register(member, "trusted", policy)
    return found


_NATIVE_METHODS = (types.MethodDescriptorType, types.ClassMethodDescriptorType, types.WrapperDescriptorType)


def _classes() -> Iterator[type]:
    "Every class that there is."
    seen, waiting = {id(object)}, [object] # type: set[int], list[type]
    while waiting:
        cls = waiting.pop()
        yield cls
        below: type
        for below in type.__subclasses__(cls):
            if id(below) not in seen:
                seen.add(id(below))
                waiting.append(below)


def _lookup(name: str, namespace: Mapping[str, Any]) -> Any:
    "The object that dotted `name` names in `namespace` or among the loaded modules, or None."
    first, *rest = name.split(".")
    found = namespace.get(first, sys.modules.get(first))
    for part in rest:
        found = getattr(found, part, None)
    return found


def _allow_members(owner: Any, members: Any) -> None:
    "One entry of a dict given to allow: names, or (name, policy), of a class, a module or an object."
    if isinstance(owner, str):
        resolved = _lookup(owner, vars(sys.modules.get("__main__", types)))
        if resolved is None:
            for member in members:
                _allow_name(f"{owner}.{member[0] if isinstance(member, tuple) else member}",
                            member[1] if isinstance(member, tuple) else None)
            return
        owner = resolved
    known = __pytools__.setdefault(owner, set())
    if isinstance(owner, type):
        _register(owner, "gated")
    for member in [members] if members is ... or isinstance(members, (str, tuple)) else members:
        known.add(member)
        if member is ...:
            _register(owner, "gated")
            continue
        name, policy = member if isinstance(member, tuple) else (member, None)
        if isinstance(owner, type):
            import inspect
            found = inspect.getattr_static(owner, name, None)
        else:
            found = getattr(owner, name, None)
        if isinstance(found, (staticmethod, classmethod)):
            found = found.__func__
        if callable(found):
            _register(found, "write" if policy else "trusted", policy)


def _allow_one(target: Any, policy: Any) -> None:
    "One callable or name."
    if isinstance(target, str):
        _allow_name(target, policy)
    elif callable(target):
        name = str(getattr(target, "__qualname__", None) or getattr(target, "__name__", repr(target)))
        __llmtools__.add(name.rpartition("<locals>.")[2]) # 'greet', 'Shop.buy'
        _register(target, "trusted", policy)
    else:
        raise TypeError(f"allow takes callables, names, tuples and dicts, not {type(target).__name__}")


def _allow_dict(entries: Mapping[Any, Any], policy: Any) -> None:
    "`{class_or_module: names}`, `{callable_or_name: policy}`."
    for owner, members in entries.items():
        if isinstance(members, AllowPolicy):
            _allow_one(owner, members)
        elif policy is None or members is ...:
            _allow_members(owner, members)
        else:
            members = [members] if isinstance(members, (str, tuple)) else members
            _allow_members(owner, [m if m is ... or isinstance(m, tuple) else (m, policy) for m in members])


if TYPE_CHECKING:
    @overload
    def allow(c: _F, /) -> _F: ...
    @overload
    def allow(*c: Any, allow_policy: AllowPolicy | None = None) -> Any: ...
def allow(*c: Any, allow_policy: AllowPolicy | None = None) -> Any:
    """Let sandboxed code call these.

    Each of `c` is a callable, a name ('greet', 'numpy.array', 'ClassName.method'), a tuple `(callable_or_name, policy)`, or a
    dict `{class_or_module: [name, (name, policy), ...]}` or `{callable_or_name: policy}`; `...` stands for every name.
    allow_policy: the policy of those that name none. Returns the first callable, so that `@allow` decorates.
    What is allowed runs with your own rights: allow what you would call yourself.
    Raises TypeError for anything else, PermissionError when sandboxed code calls it.
    """
    for item in c:
        if isinstance(item, dict):
            _allow_dict(item, allow_policy)
        elif isinstance(item, tuple) and len(item) == 2:
            _allow_one(*item)
        else:
            _allow_one(item, allow_policy)
    return next((item for item in c if callable(item)), None)


def allow_write(entries: Mapping[Any, Any]) -> None:
    "`allow` for writers, by name: {'DataFrame.to_csv': PosWritePolicy(0, 'path_or_buf')}."
    allow(entries)


def allow_write_types(*types_: type) -> None:
    """Let sandboxed code set attributes and items of instances of these classes. Raises TypeError for what is no class."""
    for type_ in types_:
        _safepyrun.allow_write_type(type_)


def allow_matplotlib() -> None:
    "Let sandboxed code use matplotlib; `savefig` checks its destination. A pack does this; kept for programs that call it."
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    allow({Figure: [("savefig", PosAllowPolicy(0, "fname"))], plt: [("savefig", PosAllowPolicy(0, "fname"))]})


class _AllowChecked:
    """A method whose policy is asked before it is called.

    obj: what the method is bound to; method: callable; policy: an AllowPolicy; ok_dests: list of str.
    """

    def __init__(self, obj: Any, method: Callable[..., Any], policy: AllowPolicy, ok_dests: list[str] | None) -> None:
        self.obj, self.method, self.policy, self.ok_dests = obj, method, policy, ok_dests

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.policy(self.obj, args, kwargs, self.ok_dests)
        return self.method(*args, **kwargs)


# ---- hooks ----------------------------------------------------------------------------------------------------------

def on_call(caller: str, callee: str, fn: Any, code: types.CodeType, off: int, data: dict[str, Any]) -> Any:
    """Hook: told of each call that passed the allowlist, before its arguments are computed.

    caller: qualified name of the calling code ('<module>', 'f'); callee: dotted name; fn: what is called; code: the calling
    code object; off: offset in its bytecode; data: the dict of the RunPython. Returning False (or sys.monitoring.DISABLE)
    silences that place until the next run; an exception ends the run. Calls that libraries make are not told.
    This one does nothing. Give yours to `RunPython(on_call=...)`, or define it in config.py.
    """


def before_deny(event: str, args: tuple[Any, ...], frame: types.FrameType, msg: str, data: dict[str, Any]) -> Any:
    """Hook: asked before a refusal is raised; a true value lets what was refused pass this once.

    event and args: 'call' and (callable, positional, keywords or None); 'store' and (object,); or the name of the audit event
    and its arguments. frame: the frame that did it; msg: the refusal's text; data: the dict of the RunPython. It runs with the
    host's rights. What is refused before the code runs (reflection) is not asked for.
    This one returns None. Give yours to `RunPython(before_deny=...)`, or define it in config.py.
    """


_no_hooks = (on_call, before_deny)


def _hook(name: str, given: Any) -> Any:
    "What to install for the argument of RunPython: None when the hook does nothing."
    hook = globals()[name] if given is None else given
    if hook in _no_hooks:
        return None
    if not callable(hook):
        raise TypeError(f"{name} must be callable, not {type(hook).__name__}")
    return hook


# ---- RunPython ------------------------------------------------------------------------------------------------------

_DOC = """Run Python in this process through an allowlist; the value of the last expression is returned.

`await` works at the top level, and `import` in the usual way. Functions and classes can be defined and used. Builtins and the
curated standard library can be called, and besides: {tools}.
Files are written only below: {dests}.

NB: names are exported to the caller's namespace unless they would shadow an existing callable or module.
- Names ending with `_` are always exported, even if they shadow existing names.
Examples: `len([1,2,3])` (builtin); `add_msg(content="hi")` (tool); `df.shape` (attribute);
`[x**2 for x in range(5)]` (last expression returned); `sorted(my_dict.items())`"""


def _tool_names() -> str:
    names = set(__llmtools__)
    for owner, members in __pytools__.items():
        prefix = getattr(owner, "__name__", repr(owner))
        names |= {f"{prefix}.{m[0] if isinstance(m, tuple) else '*' if m is ... else m}" for m in members}
    return ", ".join(sorted(names)) or "(nothing; use allow)"


class _LiveDoc(type):
    @property
    def __doc__(cls) -> str: # type: ignore[override]
        return _DOC.format(tools=_tool_names(), dests="the `ok_dests` of the object")


class RunPython(metaclass=_LiveDoc):
    # The docstring is made when it is asked for, so that a model sees the tools of that moment.
    # g: dict, the namespace (default: that of the caller, or of the frame with a global `sentinel`).
    # ok_dests: list of str, the directories that may be written to (default: none, or the config's default_ok_dests).
    # ok_hosts: list of str, the hosts that may be connected to and sent to: 'db.local:5432', 'db.local' (default: none; names are looked
    # up when it is set). Reading over HTTP needs none.
    # on_call, before_deny: hooks, see the functions of these names; data: dict that both are given, with ok_dests added.

    def __init__(self, g: dict[str, Any] | None = None, sentinel: str | None = None, ok_dests: Iterable[str | os.PathLike[str]] | _Unset | None = UNSET, *,
                 on_call: Callable[..., Any] | None = None, before_deny: Callable[..., Any] | None = None, data: dict[str, Any] | None = None,
                 ok_hosts: Iterable[str] | None = None) -> None:
        self.g = _find_frame_dict(sentinel) if g is None else g
        hooks = _hook("on_call", on_call), _hook("before_deny", before_deny)
        self.g.setdefault("__name__", "<pyrun>") # what is defined names it as its module
        self._sandbox = _safepyrun.Sandbox(self.g, False)
        self.ok_dests = default_ok_dests if ok_dests is UNSET else ok_dests
        if ok_hosts is not None:
            self.ok_hosts = ok_hosts
        if any(hooks):
            self._sandbox.set_hooks(*hooks, {"ok_dests": self.ok_dests, **(data or {})})

    @property
    def ok_dests(self) -> list[str] | None:
        "list of str, a copy; None when nothing may be written. Only the host can set it."
        return self._sandbox.ok_dests or None

    @ok_dests.setter
    def ok_dests(self, dests: Any) -> None:
        self._sandbox.ok_dests = dests

    @property
    def ok_hosts(self) -> list[str]:
        "list of str, a copy: the hosts that may be connected to. Only the host program can set it."
        hosts: list[str] = self._sandbox.ok_hosts
        return hosts

    @ok_hosts.setter
    def ok_hosts(self, hosts: Any) -> None:
        self._sandbox.ok_hosts = hosts

    @property
    def __doc__(self) -> str: # type: ignore[override]
        return _DOC.format(tools=_tool_names(), dests=self.ok_dests or "(nowhere)")

    async def __call__(self, code: str) -> Any:
        """Run `code` (str) and return the value of its last expression, None when it ends otherwise.

        What it prints goes to sys.stdout and sys.stderr. Raises what the code raises, Denied for what is refused, SyntaxError.
        """
        g = self.g
        code = code.removeprefix("\n") # of a text in three quotes: lines are counted from the first that says something
        _resolve_pending(g)
        name = srcfn(code)
        compiled, box = self._sandbox.compile(code, name)
        before = dict(g)
        try:
            await_me = _safepyrun.run(compiled, g)
            if await_me is not None:
                await await_me
            return box() if box is not None else None
        except Exception as error:
            raise error.with_traceback(_user_traceback(error.__traceback__)) from error.__cause__
        finally:
            _restore(g, before)


def _restore(g: dict[str, Any], before: dict[str, Any]) -> None:
    "Take out of `g` what should_export does not let through, put back what it covered."
    for name, value in list(g.items()):
        if before.get(name, UNSET) is value or name == "__builtins__":
            continue
        if not should_export(name, value, before):
            if name in before:
                g[name] = before[name]
            else:
                del g[name]
    for name in before.keys() - g.keys():
        if callable(before[name]) or isinstance(before[name], types.ModuleType):
            g[name] = before[name]


def _user_traceback(tb: types.TracebackType | None) -> types.TracebackType | None:
    "The traceback from the code that was run on; all of it when that is not in there."
    at = tb
    while at is not None and not at.tb_frame.f_code.co_filename.startswith("<pyrun_"):
        at = at.tb_next
    return at or tb


# ---- IPython --------------------------------------------------------------------------------------------------------

def create_pyrun_magic(shell: Any = None, pyrun: RunPython | None = None) -> None:
    """Register the line and cell magic `py` in an IPython shell: `%%py` runs its cell through `pyrun`.

    shell: an InteractiveShell (default: get_ipython()); pyrun: a RunPython (default: a new one over the shell's
    namespace). `%py -o` gives the RunPython object. Cells give an awaitable, so write `await` where IPython asks for one.
    """
    if shell is None:
        from IPython import get_ipython # type: ignore[import-not-found, unused-ignore]
        shell = get_ipython()
    if pyrun is None:
        pyrun = RunPython(g=shell.user_ns)

    def py(line: str, cell: str | None = None) -> RunPython | Awaitable[Any] | None:
        if line.strip() == "-o":
            return pyrun
        return pyrun(cell) if cell else None

    shell.register_magic_function(py, "line_cell", "py")


def load_ipython_extension(ipython: Any) -> None:
    "`%load_ext safepyrun`: the magic `py`, and `pyrun` and `allow` in the namespace."
    ipython.user_ns["pyrun"] = pyrun = RunPython(g=ipython.user_ns)
    ipython.user_ns["allow"] = allow
    create_pyrun_magic(ipython, pyrun)


# ---- configuration --------------------------------------------------------------------------------------------------

def config_path() -> str:
    "{xdg_config_home}/safepyrun/config.py as str; on macOS below ~/Library/Application Support."
    base = os.environ.get("XDG_CONFIG_HOME")
    if not base:
        base = os.path.expanduser("~/Library/Application Support" if sys.platform == "darwin" else "~/.config")
    return os.path.join(base, "safepyrun", "config.py")


def _load_config() -> None:
    "Run the user's config.py with this module's names; an error is a warning, and the defaults stay."
    global default_ok_dests, on_call, before_deny
    path = config_path()
    try:
        with open(path, encoding="utf-8") as file:
            source = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        warnings.warn(f"safepyrun: {path} cannot be read: {error}")
        return
    names = {k: v for k, v in globals().items() if not k.startswith("_")} | {"__name__": "safepyrun.config"}
    try:
        code = compile(source, path, "exec", dont_inherit=True)
        names |= _modules_used(code, names)
        exec(code, names)
    except (Exception, SystemExit):
        import traceback
        warnings.warn(f"safepyrun: {path} failed, the defaults stay:\n{traceback.format_exc()}")
        return
    default_ok_dests = names.get("default_ok_dests", default_ok_dests)
    if default_ok_dests is not None:
        default_ok_dests = tuple(default_ok_dests) if not isinstance(default_ok_dests, (str, bytes)) else (default_ok_dests,)
    on_call, before_deny = names.get("on_call", on_call), names.get("before_deny", before_deny)


def _modules_used(code: types.CodeType, names: Mapping[str, Any]) -> dict[str, Any]:
    "The modules that `code` uses and nobody has imported: a config needs no imports."
    used, waiting = set(), [code] # type: set[str], list[types.CodeType]
    while waiting:
        inner = waiting.pop()
        used.update(inner.co_names)
        waiting += [constant for constant in inner.co_consts if isinstance(constant, types.CodeType)]
    missing = [name for name in used - names.keys() if not hasattr(builtins, name)]
    if not missing:
        return {}
    import importlib.util
    return {name: importlib.import_module(name) for name in missing if importlib.util.find_spec(name)}


_load_config()
