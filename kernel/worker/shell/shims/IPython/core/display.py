"""Where older libraries look for the display classes."""
from IPython.display import *
from IPython.display import DisplayHandle, display, clear_output, publish_display_data, update_display
from IPython.display import _image_size


def _pngxy(data):
    "(width, height) of a PNG in pixels."
    return _image_size(data, "png")
