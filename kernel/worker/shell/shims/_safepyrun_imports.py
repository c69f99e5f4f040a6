"""What an interrupt in the middle of an import may leave: the import system takes out of sys.modules what failed, and opens its locks,
unless another interrupt meets it there. A module that stayed half imported would fail in every later cell."""
import _imp
import sys
from _frozen_importlib import _module_locks
from _thread import get_ident
from types import ModuleType


def _open_locks(mine):
    for reference in list(_module_locks.values()):
        lock = reference()
        while lock is not None and lock.owner == mine:
            lock.release()
    try:
        while _imp.lock_held():
            _imp.release_lock()
    except RuntimeError:  # another thread's
        pass


def _is_half(name, module):
    "Is it half imported, and nobody is at it?"
    spec = object.__getattribute__(module, "__dict__").get("__spec__") if isinstance(module, ModuleType) else None
    lock = _module_locks.get(name, lambda: None)()
    return getattr(spec, "_initializing", False) is True and getattr(lock, "owner", None) is None


def mend():
    "For a thread that imports nothing now."
    _open_locks(get_ident())
    for name, module in list(sys.modules.items()):
        if _is_half(name, module):
            sys.modules.pop(name, None)
