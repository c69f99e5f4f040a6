"""A temporary directory is given another name and cleaned up."""
import tempfile
t = tempfile.TemporaryDirectory(dir=ALLOWED); t.name = CANARY; t.cleanup()
