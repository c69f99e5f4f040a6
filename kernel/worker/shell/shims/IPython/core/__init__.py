"""The installed IPython's core, but for what needs a running shell."""
import IPython

__path__ = IPython._Folders("core")
__getattr__ = IPython._parts_of("IPython.core")
