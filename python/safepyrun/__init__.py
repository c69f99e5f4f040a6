"""Run Python that an assistant wrote, in this process, through an allowlist.

    from safepyrun import RunPython, allow
    pyrun = RunPython(ok_dests=['./out'])
    await pyrun('1 + 1')                      # 2
    await pyrun("open('/etc/x', 'w')")        # Denied (a PermissionError)

The layers that judge the code are the ones of the Jupyter kernel "Python (safepyrun)"; `docs/sandbox.md` of the
project describes them, and what they do not promise.
"""
from _safepyrun import Denied, __version__ as __version__

from .core import (RunPython, UNSET, __llmtools__, __pytools__, _AllowChecked, _find_frame_dict,
                   allow, allow_matplotlib, allow_write, allow_write_types, before_deny, create_pyrun_magic, find_var,
                   load_ipython_extension, on_call, should_export, srcfn)
from .policies import (AllowPolicy, OpenWritePolicy, PathWritePolicy, PosAllowPolicy, PosWritePolicy, WritePolicy,
                       chk_dest)

__all__ = ["AllowPolicy", "Denied", "OpenWritePolicy", "PathWritePolicy", "PosAllowPolicy", "PosWritePolicy", "RunPython",
           "SafeTransformer", "UNSET", "WritePolicy", "allow", "allow_matplotlib", "allow_write", "allow_write_types",
           "before_deny", "chk_dest", "create_pyrun_magic", "find_var", "on_call", "should_export", "srcfn",
           "_AllowChecked", "_find_frame_dict", "__llmtools__", "__pytools__"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .transformer import SafeTransformer as SafeTransformer


def __getattr__(name: str) -> object:
    if name == "SafeTransformer": # it needs ast, which nothing else here does
        from .transformer import SafeTransformer
        return SafeTransformer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _tell_of_namesake() -> None:
    """The distribution `safepyrun` of another project puts its files into this same folder: one of the two is broken then."""
    import os
    import warnings
    try:
        beside = os.listdir(os.path.dirname(os.path.dirname(__file__)))
    except OSError: # a zip file: nothing lies beside it
        return
    infos = [name for name in beside if name.endswith(".dist-info")]
    if any(name.startswith("safepyrun_kernel-") for name in infos) and any(name.startswith("safepyrun-") for name in infos):
        warnings.warn("the distributions safepyrun-kernel (this one) and safepyrun (another project) are both installed, and have files of the same names: "
                      "`pip uninstall safepyrun safepyrun-kernel`, then install the one you want", RuntimeWarning, stacklevel=3)


_tell_of_namesake()
