"""Where older libraries look for the display classes."""
from IPython.display import *
from IPython.display import DisplayHandle, display, clear_output, publish_display_data, update_display
