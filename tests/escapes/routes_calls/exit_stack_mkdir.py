"""Makes a directory by way of exit stack."""
import os
import contextlib
with contextlib.ExitStack() as stack:
    stack.callback(os.mkdir, CANARY + '/made')
