"""Tempfile dir."""
import tempfile
tempfile.NamedTemporaryFile(dir=CANARY, delete=False)
