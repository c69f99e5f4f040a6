"""Tempfile prefix."""
import tempfile
tempfile.NamedTemporaryFile(dir=ALLOWED, prefix="../canary/x", delete=False)
