"""What notebooks import as IPython. Only what needs a running shell is ours; the rest is the installed IPython's."""
import os as _os
import sys as _sys

from _safepyrun_kernel import get_ipython


def _installed():
    "The folder of the installed IPython, or None."
    for entry in _sys.path:
        folder = _os.path.join(entry or ".", "IPython")
        if _os.path.isfile(_os.path.join(folder, "core", "release.py")):
            return folder
    return None


class _Folders(list):
    "A __path__: the installed IPython's folder, or one in it. Looked for until it is there: %pip may install it any time."

    def __init__(self, *parts):
        super().__init__()
        self.parts = parts

    def __iter__(self):
        folder = None if len(self) else _installed()
        if folder:
            self.append(_os.path.join(folder, *self.parts))
        return super().__iter__()


def _version(folder):
    "Its version, read without running it."
    import re
    try:
        with open(folder + "/core/release.py", encoding="utf-8") as file:
            found = dict(re.findall(r"^_version_(major|minor|patch) = (\d+)", file.read(), re.M))
        return tuple(int(found.get(part, 0)) for part in ("major", "minor", "patch"))
    except (OSError, TypeError, ValueError):
        return (9, 0, 0)


__path__ = _Folders()
version_info = (*_version(next(iter(__path__), None)), "")
__version__ = ".".join(map(str, version_info[:3]))


def start_ipython(*args, **kwargs):
    "There is a shell already: raises RuntimeError."
    raise RuntimeError("a kernel is running: no other IPython can be started in it")


embed = embed_kernel = start_kernel = start_ipython


def _parts_of(package):
    "The __getattr__ of a package: import IPython is enough for its parts."
    def part(name):
        if not name.startswith("_"):
            import importlib
            try:
                return importlib.import_module(f"{package}.{name}")
            except ModuleNotFoundError:
                pass
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    return part


def __getattr__(name):
    if name == "InteractiveShell":
        from _safepyrun_shell import InteractiveShell
        return InteractiveShell
    if name in ("core", "display", "lib", "utils", "paths"):
        import importlib
        return importlib.import_module("IPython." + name)
    raise AttributeError(f"module 'IPython' has no attribute {name!r}")
