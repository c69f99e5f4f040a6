"""s_mime_inited.

state: __import__('mimetypes')._db and not __import__('mimetypes')._db.types_map[1]
"""
import mimetypes
mimetypes.init(); mimetypes._db.types_map[1].clear()
