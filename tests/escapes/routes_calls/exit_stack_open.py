"""Opens a file for writing by way of exit stack."""
import os
import contextlib
with contextlib.ExitStack() as stack:
    stack.callback(open, CANARY + '/written', 'w')
