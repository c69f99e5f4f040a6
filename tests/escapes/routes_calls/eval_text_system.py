"""Starts a program by way of eval text."""
import os
eval("os.system(*args)", {'os': os, 'args': ('touch ' + CANARY + '/spawned',)})
