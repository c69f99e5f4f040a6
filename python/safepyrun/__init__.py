"""Run Python that an assistant wrote, in this process, through an allowlist.

    from safepyrun import RunPython, allow
    pyrun = RunPython(ok_dests=['./out'])
    await pyrun('1 + 1')                      # 2
    await pyrun("open('/etc/x', 'w')")        # Denied (a PermissionError)

The layers that judge the code are the ones of the Jupyter kernel "Python (safepyrun)"; `docs/sandbox.md` of the
project describes them, and what they do not promise.
"""
from _safepyrun import __version__

from .core import (Denied, RunPython, SafeTransformer, UNSET, __llmtools__, __pytools__, _AllowChecked, _find_frame_dict,
                   allow, allow_matplotlib, allow_write, allow_write_types, before_deny, create_pyrun_magic, find_var,
                   load_ipython_extension, on_call, should_export, srcfn)
from .policies import (AllowPolicy, OpenWritePolicy, PathWritePolicy, PosAllowPolicy, PosWritePolicy, WritePolicy,
                       chk_dest)

__all__ = ["AllowPolicy", "Denied", "OpenWritePolicy", "PathWritePolicy", "PosAllowPolicy", "PosWritePolicy", "RunPython",
           "SafeTransformer", "UNSET", "WritePolicy", "allow", "allow_matplotlib", "allow_write", "allow_write_types",
           "before_deny", "chk_dest", "create_pyrun_magic", "find_var", "on_call", "should_export", "srcfn",
           "_AllowChecked", "_find_frame_dict", "__llmtools__", "__pytools__"]
