"""expat keeps names in sys.modules.

state: "evil" in __import__("sys").modules
"""
import operator, sys
from xml.parsers import expat
p = expat.ParserCreate(None, None, intern=operator.attrgetter("modules")(sys))
p.StartElementHandler = lambda *a: 0
p.Parse("<evil/>")
