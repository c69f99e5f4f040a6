"""Entries of a module's registry, deleted under another name.

state: not __import__("logging")._levelToName
"""
from logging import _levelToName as names
for level in list(names):
    del names[level]
