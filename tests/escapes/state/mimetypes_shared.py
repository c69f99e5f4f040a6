"""The shared table of MIME types.

state: __import__("mimetypes").guess_type("a.txt")[0] == "evil"
"""
import mimetypes
mimetypes.init()
mimetypes._db.types_map[True][".txt"] = "evil"
