"""An item of a library's registry under an own name.

state: __import__("mimetypes").types_map.get(".txt") == 5
"""
import mimetypes
m = mimetypes.types_map
m[".txt"] = 5
