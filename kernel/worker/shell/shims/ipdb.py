"""ipdb as cells see it, installed or not: the kernel's own pdb has IPython's habits already."""
import contextlib

from _safepyrun_pdb import pm, post_mortem, run, runcall, runeval  # noqa: F401
from _safepyrun_pdb import set_trace as _set_trace


def set_trace(frame=None, context=None, cond=True):
    "Stop at the caller, where `cond` holds."
    if cond:
        _set_trace()


sset_trace = set_trace


@contextlib.contextmanager
def launch_ipdb_on_exception():
    "Look at the place of an error of the block; it ends there."
    try:
        yield
    except Exception as error:
        post_mortem(error)


iex = launch_ipdb_on_exception()
