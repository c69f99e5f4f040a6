"""A handler for errors of encoding, under a name that the host uses.

host: "\u20ac".encode("ascii", "evil")
"""
import codecs, pathlib
codecs.register_error("evil", pathlib.Path(CANARY + "/victim").touch)
