"""Removes a file by way of eval text."""
import os
eval("os.remove(*args)", {'os': os, 'args': (CANARY + '/victim',)})
