"""The installed IPython's lib, but for what needs a running shell."""
import IPython

__path__ = IPython._Folders("lib")
__getattr__ = IPython._parts_of("IPython.lib")
