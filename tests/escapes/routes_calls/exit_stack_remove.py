"""Removes a file by way of exit stack."""
import os
import contextlib
with contextlib.ExitStack() as stack:
    stack.callback(os.remove, CANARY + '/victim')
