"""Xml sax out."""
import xml.sax.saxutils as s
g = s.XMLGenerator(open(CANARY + "/x", "w")); g.startDocument()
