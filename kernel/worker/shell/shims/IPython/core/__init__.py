"""The installed IPython's core, but for what needs a running shell."""
import os
import IPython

__path__ = [os.path.join(folder, "core") for folder in IPython.__path__]
__getattr__ = IPython._parts_of("IPython.core")
