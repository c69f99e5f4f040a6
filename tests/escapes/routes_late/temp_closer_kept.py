"""Tempfile's closer, finalized when the namespace goes."""
import tempfile
_c = tempfile._TemporaryFileCloser(open("/etc/hostname"), CANARY + "/victim", True)
