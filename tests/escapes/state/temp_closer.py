"""Tempfile's closer of files removes what it is told to."""
import tempfile
c = tempfile._TemporaryFileCloser(open("/etc/hostname"), CANARY + "/victim", True)
del c
