"""tempfile in a folder that the environment names."""
import os, tempfile
os.environ["TMPDIR"] = CANARY
tempfile.tempdir = None
tempfile.NamedTemporaryFile(delete=False)
