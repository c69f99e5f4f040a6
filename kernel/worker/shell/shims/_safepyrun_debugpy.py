"""debugpy in cells: the debugger is the frontend's, attached through the kernel. Its functions neither open a port nor trace by
themselves. Imported with debugpy, whose functions it takes the place of."""
import sys

import debugpy


def _debugger():
    "The kernel's part, while a frontend debugs."
    part = sys.modules.get("_safepyrun_debugger")
    return part if part is not None and part.is_attached() else None


def is_client_connected():
    "Does a frontend debug this kernel?"
    return _debugger() is not None


def breakpoint():
    "Stop here, if a frontend debugs this kernel."
    if part := _debugger():
        part.stop_at(sys._getframe(1))


def debug_this_thread():
    "Cells, and the threads that they start, are traced while a frontend debugs."


def trace_this_thread(should_trace):
    "See debug_this_thread()."


def listen(address=None, **more):
    "Not in a cell."
    raise RuntimeError("debugpy runs in this kernel already: attach with the frontend's debugger (in JupyterLab, the bug of the notebook's toolbar)")


def connect(address=None, **more):
    "Not in a cell."
    listen()


def wait_for_client():
    "A frontend that debugs is there, or there is none to wait for."
    if not is_client_connected():
        listen()


for _name in ("is_client_connected", "breakpoint", "debug_this_thread", "trace_this_thread", "listen", "connect", "wait_for_client"):
    setattr(debugpy, _name, globals()[_name])
