"""The installed IPython's core, but for what needs a running shell."""
import os
import IPython

__path__ = [os.path.join(folder, "core") for folder in IPython.__path__]


def __getattr__(name):
    "import IPython is enough for its parts."
    if not name.startswith("_"):
        import importlib
        try:
            return importlib.import_module("IPython.core." + name)
        except ModuleNotFoundError:
            pass
    raise AttributeError(f"module 'IPython.core' has no attribute {name!r}")
