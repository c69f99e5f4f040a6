"""Tempfile's own tree removal."""
import tempfile
tempfile.TemporaryDirectory._rmtree(CANARY)
