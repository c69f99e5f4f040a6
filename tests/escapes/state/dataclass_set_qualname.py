"""dataclasses' helper renames a host's function.

state: "Evil" in __import__("textwrap").dedent.__qualname__
"""
import dataclasses, textwrap
class Evil: pass
if hasattr(dataclasses, "_set_qualname"):
    dataclasses._set_qualname(Evil, textwrap.dedent)
else:
    textwrap.dedent.__qualname__ = "Evil"
