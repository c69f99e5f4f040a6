"""A module's list, through a global that a function reads.

state: not __import__("mimetypes").knownfiles
"""
import mimetypes
files = mimetypes.knownfiles

def tidy():
    files.clear()

tidy()
