"""Mkdtemp: the effect lies outside of ok_dests."""
import tempfile
tempfile.mkdtemp(dir=CANARY)
