"""Debug requests: what Jupyter adds to the debug adapter protocol is answered here, the rest by debugpy.

debugpy runs in this process, without an adapter and without a port: its debugger (pydevd) speaks the protocol itself, to
an object that stands where it has its socket. Cells keep their names ("Cell In[3]"); pydevd is told which file each one
is, the one that `dumpCell` writes, so breakpoints are known by the text of a cell and survive that it runs again.
"""
import os
import queue
import re
import sys
import threading

import _safepyrun_evaluate as _evaluate
import _safepyrun_kernel as _kernel

_SEED = 0xC70F6907
_SUFFIX = ".py"
_PATIENCE_S = 5  # for an answer that only a stopped thread can give, while none is
_HIDDEN = {"__name__", "__doc__", "__package__", "__loader__", "__spec__", "__annotations__", "__builtins__", "__builtin__",
           "__display__", "get_ipython", "display", "debugpy", "exit", "quit", "In", "Out", "_oh", "_dh", "_ih", "_", "__", "___"}
_INTERNAL = re.compile(r"_i?\d+$|_i{1,3}$")


# ---- files of cells --------------------------------------------------------------------------------------------------

def _folder():
    "Where cells are written: a folder of this session's own, which is removed with it."
    import tempfile
    return os.path.join(tempfile.gettempdir(), "cells") + os.sep


def cell_path(source):
    "The file that stands for a cell of this text."
    return f"{_folder()}{_kernel.cell_hash(source, _SEED)}{_SUFFIX}"


def name_cell(filename, source):
    "Code of that filename is shown as the file of the cell."
    import pydevd_file_utils
    path = cell_path(source)
    pydevd_file_utils.NORM_PATHS_AND_BASE_CONTAINER[filename] = (path, path, os.path.basename(path))
    _cells[path] = source


def name_file(filename, source):
    "Code of a file that %run runs is shown as that file; or as the text that a frontend has put breakpoints into, which is the same."
    import pydevd_file_utils
    points = _debugger.breakpoints
    if points.get(cell_path(source)) and not points.get(os.path.abspath(filename)):
        return name_cell(filename, source)
    pydevd_file_utils.NORM_PATHS_AND_BASE_CONTAINER.pop(filename, None)


_cells = {}  # path -> text, of cells that have run


# ---- what is evaluated goes through the sandbox ----------------------------------------------------------------------

def _guard_modules():
    "Whatever of pydevd compiles or runs text does it as a cell would."
    for name, module in list(sys.modules.items()):
        if name.startswith(("pydevd", "_pydevd", "_pydev_bundle", "pydevconsole")) and hasattr(module, "__dict__"):
            _evaluate.guard(module)


# ---- the debugger ----------------------------------------------------------------------------------------------------

class _Wire:
    "What pydevd takes for its socket."

    def __init__(self, heard):
        self._heard, self._requests, self._rest, self._text = heard, queue.SimpleQueue(), b"", b""

    def put(self, message):
        import json
        body = json.dumps(message).encode()
        self._requests.put(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def recv(self, size):
        data = self._rest or self._requests.get()
        self._rest = data[size:]
        return data[:size]

    def sendall(self, data):
        import json
        self._text += data
        while (end := self._text.find(b"\r\n\r\n")) >= 0:
            size = int(re.search(rb"Content-Length: *(\d+)", self._text[:end])[1])
            if len(self._text) < end + 4 + size:
                return
            body, self._text = self._text[end + 4:end + 4 + size], self._text[end + 4 + size:]
            self._heard(json.loads(body))

    send = sendall

    def settimeout(self, seconds):
        "Its reader waits as long as it takes."

    def shutdown(self, how):
        self._requests.put(b"")

    def close(self):
        self._requests.put(b"")


class _Frame:
    "The notebook's names, as a frame that pydevd can look into."

    class _Code:
        co_filename, co_name, co_firstlineno, co_flags = "<notebook>", "<module>", 1, 0

    f_code, f_back, f_trace, f_lineno, f_lasti = _Code, None, None, 1, 0

    def __init__(self, names):
        self.f_globals = self.f_locals = names


class Debugger:
    "debugpy, once it was asked for."

    def __init__(self):
        self.started = self.attached = False
        self.breakpoints = {}  # path -> list of {"line": int}
        self.stopped = set()   # of threads, as the protocol counts them
        self._sequence = 0
        self._answers = {}     # of a request's number -> queue of its answer
        self._names = None     # what inspectVariables has shown, for its children
        self._load()

    # -- to and from pydevd

    def _load(self):
        os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # it warns of frozen modules: the kernel's own
        os.environ["PYDEVD_USE_SYS_MONITORING"] = "false"  # one way for every version: sys.settrace
        import debugpy
        from debugpy._vendored import force_pydevd  # noqa: F401: makes pydevd the one that debugpy brings
        import pydevd
        import pydevd_file_utils
        import pydevd_tracing
        from _pydevd_bundle import pydevd_console, pydevd_process_net_command_json  # noqa: F401: what it would import later
        self._paths = pydevd_file_utils.NORM_PATHS_AND_BASE_CONTAINER
        _guard_modules()
        thread = threading.current_thread()
        thread.is_pydev_daemon_thread = thread.pydev_do_not_trace = True
        for name in _kernel.part_names():  # hidden as pydevd's own are
            filename = f"<safepyrun {name}>"
            self._paths[filename] = (filename, filename, "pydevd.py")
        self._wire = _Wire(self._hear)
        connect, pydevd.start_client = pydevd.start_client, lambda host, port: self._wire
        try:
            pydevd.settrace(host="127.0.0.1", port=1, suspend=False, trace_only_current_thread=True, block_until_connected=True,
                            wait_for_ready_to_run=False, patch_multiprocessing=False, notify_stdin=False,
                            dont_trace_start_patterns=(os.path.dirname(debugpy.__file__),))
        finally:
            pydevd.start_client = connect
        pydevd_tracing.SetTrace(None)  # this thread runs no cell
        pydevd_tracing.restore_sys_set_trace_func()
        self.pydb = pydevd.get_global_debugger()
        self._wait, self.pydb.do_wait_suspend = self.pydb.do_wait_suspend, self._wait_suspended
        self.ask("threads")  # the main thread is number 1
        self.ask("setDebuggerProperty", {"multiThreadsSingleNotification": True, "skipSuspendOnBreakpointException": ["BaseException"],
                                         "skipPrintBreakpointException": ["NameError"]})

    def _wait_suspended(self, thread, *arguments, **more):
        "A thread is stopped, until the frontend lets it go on, or interrupts it: then it is to be stopped anew."
        from _pydevd_bundle.pydevd_comm import STATE_RUN
        try:
            return self._wait(thread, *arguments, **more)
        except BaseException as error:
            thread.additional_info.pydev_state = STATE_RUN
            _end_step(thread.additional_info)
            raise error.with_traceback(None) from None

    def ask(self, command, arguments=None):
        "pydevd's response to a request: dict, or None when it gives none."
        self._sequence += 1
        answer = self._answers[self._sequence] = queue.SimpleQueue()
        self._wire.put({"type": "request", "seq": self._sequence, "command": command, "arguments": arguments or {}})
        for _ in range(_PATIENCE_S * 10):
            try:
                return answer.get(timeout=0.1)
            except queue.Empty:
                while self.stopped:
                    try:
                        return answer.get(timeout=0.1)
                    except queue.Empty:
                        pass
        return None

    def _hear(self, message):
        if message.get("type") == "response":
            answer = self._answers.pop(message.get("request_seq"), None)
            if answer is not None:
                answer.put(message)
        elif message.get("type") == "event" and self.started:
            self._hear_event(message)

    def _hear_event(self, event):
        body, name = event.get("body") or {}, event.get("event")
        if name == "stopped":
            self.stopped.add(body.get("threadId"))
        elif name == "continued":
            if body.get("allThreadsContinued", True):
                self.stopped.clear()
            self.stopped.discard(body.get("threadId"))
        elif name == "exited":
            return  # the kernel does not end
        _kernel.publish("debug_event", event, None, [])

    # -- requests

    def forward(self, message):
        "Answered by pydevd, which says nothing to what it has no answer for: others would wait behind it for ever."
        from _pydevd_bundle.pydevd_process_net_command_json import PyDevJsonCommandProcessor
        if not hasattr(PyDevJsonCommandProcessor, f"on_{str(message['command']).lower()}_request"):
            return failure(message, f"debugpy does not know {message['command']}")
        response = self.ask(message["command"], message.get("arguments"))
        if response is None:
            return failure(message, "no thread is stopped that could answer")
        return {**response, "seq": message["seq"], "request_seq": message["seq"]}

    def initialize(self, message):
        self.started = True
        return self.forward(message)

    def attach(self, message):
        arguments = dict(message.get("arguments") or {})
        arguments["redirectOutput"] = False
        if "justMyCode" not in arguments:
            arguments["justMyCode"] = False
        response = self.forward({**message, "arguments": arguments})
        if response["success"]:
            self.ask("configurationDone")
            self.attached = True
            for filename, source in _kernel.sources().items():
                name_cell(filename, source)
            _kernel.attached(sys.modules[__name__])
        return response

    def configurationDone(self, message):
        return success(message)

    def setBreakpoints(self, message):
        arguments = message["arguments"]
        path = arguments["source"]["path"]
        self._paths.pop(path, None)  # a file that ran under the name of its text (name_file)
        response = self.forward(message)
        if response.get("success"):
            wanted = arguments.get("breakpoints") or []
            found = response["body"]["breakpoints"]
            self.breakpoints[path] = [{**asked, "line": point.get("line", asked.get("line"))} for asked, point in zip(wanted, found)]
        return response

    def variables(self, message):
        arguments = message["arguments"]
        if not self.stopped and self._names:
            return success(message, variables=page(self._names.children(arguments["variablesReference"]), arguments))
        response = self.forward(message)
        if response.get("success"):
            response["body"]["variables"] = page([v for v in response["body"]["variables"] if is_shown(v["name"])], arguments)
        return response

    def inspectVariables(self, message):
        self._names = Names(self.pydb)
        return success(message, variables=self._names.children(None))

    def richInspectVariables(self, message):
        arguments = message["arguments"]
        name, frame_id = arguments["variableName"], arguments.get("frameId")
        if not name.isidentifier():
            special = name in ("special variables", "function variables")
            return {**success(message, data={}, metadata={}), "success": special}
        try:
            value = self._lookup(name, frame_id)
        except NameError as error:
            return {**failure(message, str(error)), "body": {"data": {}, "metadata": {}}}
        data, metadata = _kernel.format(value)
        return success(message, data=data, metadata=metadata)

    def copyToGlobals(self, message):
        arguments = message["arguments"]
        name, source = arguments["dstVariableName"], arguments["srcVariableName"]
        if not name.isidentifier() or not source.isidentifier():
            return failure(message, "dstVariableName and srcVariableName must be identifiers")
        frame = self._frame(arguments.get("srcFrameId"))
        if frame is None:
            return failure(message, "no such frame is stopped")
        try:
            frame.f_globals[name] = value = self._lookup(source, arguments.get("srcFrameId"))
        except NameError as error:
            return failure(message, str(error))
        return success(message, value=_kernel.pretty(value), type=type(value).__name__)

    def _frame(self, frame_id):
        from _pydevd_bundle.pydevd_process_net_command_json import pydevd_base_schema
        if not self.stopped or frame_id is None:
            return None
        own = pydevd_base_schema.BaseSchema._translate_id_from_dap(frame_id)
        manager = self.pydb.suspended_frames_manager
        try:
            thread = manager.get_thread_id_for_variable_reference(own)
        except KeyError:
            return None
        return thread and manager.find_frame(thread, own)

    def _lookup(self, name, frame_id):
        frame = self._frame(frame_id)
        for names in [frame.f_locals, frame.f_globals] if frame else [_kernel.namespace()]:
            if name in names:
                return names[name]
        raise NameError(f"name {name!r} is not defined")

    def source(self, message):
        arguments = message["arguments"]
        path = (arguments.get("source") or {}).get("path", "")
        if path in _cells:
            return success(message, content=_cells[path], mimeType="text/x-python")
        try:
            with open(path, encoding="utf-8") as file:
                return success(message, content=file.read(), mimeType="text/x-python")
        except (OSError, ValueError):
            if arguments.get("sourceReference"):
                return self.forward(message)
            return {**failure(message, "source unavailable"), "body": {}}

    def disconnect(self, message):
        response = self.forward({**message, "command": "disconnect", "arguments": {"terminateDebuggee": False}})
        self.started = self.attached = False
        _kernel.attached(None)
        self.breakpoints.clear()
        self.stopped.clear()
        return response

    def terminate(self, message):
        "The cell is interrupted, the debugger leaves; the kernel stays."
        import signal
        import time
        if self.stopped:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        for _ in range(_PATIENCE_S * 100):
            if not self.stopped:
                break
            time.sleep(0.01)
        _kernel.publish("debug_event", {"type": "event", "seq": 0, "event": "terminated", "body": {}}, None, [])
        self.disconnect(message)
        return success(message)


class Names:
    "The notebook's variables, and what is in them, while nothing is stopped."

    def __init__(self, pydb):
        from _pydevd_bundle import pydevd_frame_utils
        from _pydevd_bundle.pydevd_suspended_frames import SuspendedFramesManager, _FramesTracker
        self._frame = _Frame(dict(_kernel.namespace()))
        self._manager = SuspendedFramesManager()
        self._tracker = _FramesTracker(self._manager, pydb)
        frames = pydevd_frame_utils.FramesList()
        frames.append(self._frame)
        self._tracker.track("notebook", frames)

    def children(self, reference):
        variable = self._manager.get_variable(reference or id(self._frame))
        return [v for v in (child.get_var_data() for child in variable.get_children_variables()) if is_shown(v["name"])]


def is_shown(name):
    return name not in _HIDDEN and not _INTERNAL.match(name)


# ---- requests --------------------------------------------------------------------------------------------------------

_debugger = None


def page(variables, arguments):
    "Of many variables those that a frontend asks for: `count` from `start` on; all without a count."
    start, count = arguments.get("start") or 0, arguments.get("count") or 0
    return variables[start:start + count] if count > 0 else variables[start:]


def success(message, **body):
    return {"type": "response", "seq": message["seq"], "request_seq": message["seq"], "success": True,
            "command": message["command"], "body": body}


def failure(message, why):
    return {**success(message), "success": False, "message": why}


def _dump_cell(message):
    code = message["arguments"]["code"]
    path = cell_path(code)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(code)
    return success(message, sourcePath=path)


def _debug_info(message):
    points = _debugger.breakpoints if _debugger else {}
    return success(message, isStarted=bool(_debugger and _debugger.started), hashMethod="Murmur2", hashSeed=_SEED,
                   tmpFilePrefix=_folder(), tmpFileSuffix=_SUFFIX,
                   breakpoints=[{"source": path, "breakpoints": list(lines)} for path, lines in points.items()],
                   stoppedThreads=sorted(_debugger.stopped) if _debugger else [], richRendering=True,
                   exceptionPaths=["Python Exceptions"], copyToGlobals=True)


def _modules(message):
    arguments = message.get("arguments") or {}
    modules = list(sys.modules.items())
    first = arguments.get("startModule", 0)
    last = first + (arguments.get("moduleCount") or len(modules))
    found = [{"id": number, "name": name, "path": module.__spec__.origin}
             for number, (name, module) in enumerate(modules[first:last], first)
             if str(getattr(getattr(module, "__spec__", None), "origin", "")).endswith(".py")]
    return success(message, modules=found, totalModules=len(modules))


_always = {"debugInfo": _debug_info, "modules": _modules, "dumpCell": _dump_cell}
_own = ("initialize", "attach", "configurationDone", "setBreakpoints", "variables", "inspectVariables", "richInspectVariables",
        "copyToGlobals", "source", "disconnect", "terminate")
_load_first = ("initialize", "inspectVariables", "richInspectVariables", "copyToGlobals")


def handle(message):
    "The content of the debug_reply to the content of a debug_request."
    global _debugger
    command = message.get("command")
    message = {**message, "command": command if isinstance(command, str) else "", "seq": message.get("seq", 0)}
    try:
        if command in _always:
            return _always[command](message)
        if _debugger is None and command in _load_first:
            _debugger = Debugger()
        if _debugger is None or not (_debugger.started or command in _load_first):
            return failure(message, "the debugger has not been started: send initialize")
        return getattr(_debugger, command)(message) if command in _own else _debugger.forward(message)
    except (KeyError, TypeError, AttributeError) as error:
        return failure(message, f"{command}: {type(error).__name__}: {error}")
    except OSError as error:
        return failure(message, f"{command}: {error}")


def is_attached():
    "Would a breakpoint stop a cell?"
    return _debugger is not None and _debugger.attached


def stop_at(frame):
    "breakpoint() in a cell."
    import pydevd
    pydevd.settrace(suspend=True, trace_only_current_thread=True, patch_multiprocessing=False, stop_at_frame=frame)


def stop_at_error(error):
    "A cell has failed: shown where it did, when the frontend has asked to stop at errors that nothing catches."
    pydb, thread, where = _debugger.pydb, threading.current_thread(), error.__traceback__
    while where and where.tb_next and not where.tb_frame.f_code.co_filename.startswith("Cell In["):
        where = where.tb_next  # an event loop that the cell ran on
    pydb.stop_on_unhandled_exception(pydb, thread, pydb.set_additional_thread_info(thread), (type(error), error, where))


def _end_step(info):
    info.pydev_step_cmd, info.pydev_step_stop = -1, None
    info.update_stepping_info()


def trace():
    "What runs on this thread from now on is traced: a cell, or a thread that one has started."
    _debugger.pydb.enable_tracing(_debugger.pydb.trace_dispatch)


def trace_cell():
    "As trace(). What a cell does not catch is known when it has ended (stop_at_error): pydevd would guess. A step ends with its cell."
    info = _debugger.pydb.set_additional_thread_info(threading.current_thread())
    info.suspended_at_unhandled = True
    _end_step(info)
    trace()
