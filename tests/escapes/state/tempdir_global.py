"""Tempfile.tempdir.

state: __import__("tempfile").tempdir == "evil"
"""
import tempfile
tempfile.tempdir = "evil"
