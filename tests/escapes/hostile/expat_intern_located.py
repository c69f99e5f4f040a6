"""expat keeps names among the attributes of an instance that the standard library shares.

hostile: it hands expat a dict that it came by as an object's pickled state
state: "evil" in vars(__import__("json")._default_encoder)
"""
import json
from xml.parsers import expat
parser = expat.ParserCreate(None, None, intern=json._default_encoder.__reduce_ex__(2)[2])
parser.StartElementHandler = lambda *given: 0
parser.Parse("<evil/>")
