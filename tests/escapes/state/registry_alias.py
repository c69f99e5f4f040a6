"""A module's registry under a name of the cell's own.

state: len(__import__("mimetypes").types_map) < 20
"""
import mimetypes
f = mimetypes.types_map
f.clear()
