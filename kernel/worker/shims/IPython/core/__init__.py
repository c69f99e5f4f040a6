"""The installed IPython's core, but for what needs a running shell."""
import os
import IPython

__path__ = [os.path.join(folder, "core") for folder in IPython.__path__]


def __getattr__(name):
    "The parts that are ours need no import of their own."
    if name in ("display", "display_functions", "getipython", "interactiveshell", "magic"):
        import importlib
        return importlib.import_module("IPython.core." + name)
    raise AttributeError(f"module 'IPython.core' has no attribute {name!r}")
