"""%load_ext: modules that add magics and the like to the shell when they are loaded."""
import importlib
import sys


class ExtensionManager:
    "Which extensions are loaded. They run as library code: what they do to files meets the sandbox's gate."

    def __init__(self, shell):
        self.shell, self.loaded = shell, set()

    def load_extension(self, name):
        "Import it and call its load_ipython_extension(shell). None, 'already loaded' or 'no load function'."
        if name in self.loaded:
            return "already loaded"
        try:
            module = _find(name)
            if not hasattr(module, "load_ipython_extension"):
                return "no load function"
            module.load_ipython_extension(self.shell)
        except ModuleNotFoundError as error:
            if not _lacks_ipython(error):
                raise
            raise ModuleNotFoundError(f"{error}: the extension {name} needs IPython itself, which is not installed in this "
                                      "Python; to install it: %pip install ipython", name=error.name) from None
        self.loaded.add(name)
        return None

    def unload_extension(self, name):
        "Call its unload_ipython_extension(shell). None, 'not loaded' or 'no unload function'."
        if name not in self.loaded:
            return "not loaded"
        module = _find(name)
        if not hasattr(module, "unload_ipython_extension"):
            return "no unload function"
        module.unload_ipython_extension(self.shell)
        self.loaded.discard(name)
        return None

    def reload_extension(self, name):
        "Unload it, import it anew and load it."
        module = _find(name) if name in self.loaded else None
        if module is not None and self.unload_extension(name) is None:
            module = importlib.reload(module)
            module.load_ipython_extension(self.shell)
            self.loaded.add(name)
        else:
            self.load_extension(name)


def _lacks_ipython(error):
    "Is what cannot be imported a part of IPython's that the kernel has no own of, and IPython is not installed?"
    import IPython
    return (error.name or "").startswith("IPython.") and not list(IPython.__path__)


def _find(name):
    "The module, or the one of that name that IPython brings."
    for full in (name, f"IPython.extensions.{name}"):
        if full in sys.modules:
            return sys.modules[full]
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
    try:
        return importlib.import_module(f"IPython.extensions.{name}")
    except ModuleNotFoundError:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name) from None
