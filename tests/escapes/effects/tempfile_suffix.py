"""A suffix that leaves the folder."""
import tempfile
tempfile.NamedTemporaryFile(dir=ALLOWED, prefix="../canary/", delete=False)
