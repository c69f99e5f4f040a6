"""What notebooks and libraries import of ipykernel. Only what speaks of the running kernel is ours; the rest is the installed
package's."""
import sys as _sys


def _installed():
    "The folder of the installed ipykernel, or None."
    import os
    for entry in _sys.path:
        folder = os.path.join(entry or ".", "ipykernel")
        if os.path.isfile(os.path.join(folder, "_version.py")):
            return folder
    return None


_folder = _installed()
__path__ = [_folder] if _folder else []
if _folder:
    from ipykernel._version import __version__, kernel_protocol_version, kernel_protocol_version_info, version_info
else:
    __version__, version_info = "7.0.0", (7, 0, 0)
    kernel_protocol_version, kernel_protocol_version_info = "5.5", (5, 5)


def __getattr__(name):
    if name in ("get_connection_file", "get_connection_info", "connect_qtconsole", "write_connection_file"):
        from ipykernel import connect
        return getattr(connect, name)
    raise AttributeError(f"module 'ipykernel' has no attribute {name!r}")
