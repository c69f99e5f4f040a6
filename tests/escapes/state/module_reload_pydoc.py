"""pydoc.locate with forceload puts another module into sys.modules.

state: __import__("sys").modules.get("colorsys") is not KEPT["before"]
"""
import colorsys as before
import pydoc
pydoc.locate("colorsys", forceload=1)
