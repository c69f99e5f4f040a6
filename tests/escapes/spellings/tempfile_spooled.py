"""Tempfile spooled."""
import tempfile
f = tempfile.SpooledTemporaryFile(max_size=1, dir=CANARY); f.write(b"xxx"); open(CANARY + "/x", "w")
