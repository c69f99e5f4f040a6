"""sax."""
import os
V = CANARY + '/victim'
import xml.parsers.expat as e
p = e.ParserCreate(); p.CharacterDataHandler = os.unlink; p.Parse('<a>' + V + '</a>')
