"""A directory by a relative path."""
import os, tempfile
os.chdir(ALLOWED)
tempfile.mkdtemp(dir="../canary")
