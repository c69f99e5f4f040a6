"""A module's list, grown in place under another name.

state: "x" in __import__("mimetypes").knownfiles
"""
from mimetypes import knownfiles as files
files += ["x"]
