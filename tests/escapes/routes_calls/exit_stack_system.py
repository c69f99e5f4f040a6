"""Starts a program by way of exit stack."""
import os
import contextlib
with contextlib.ExitStack() as stack:
    stack.callback(os.system, 'touch ' + CANARY + '/spawned')
