"""Xml parser denied."""
import xml.parsers.expat as e, os
p = e.ParserCreate(); p.StartElementHandler = lambda n, a: os.mkdir(CANARY + "/x"); p.Parse("<a/>")
