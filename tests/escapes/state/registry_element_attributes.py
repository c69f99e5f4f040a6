"""An element's attributes are a class's registry.

state: "evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import operator, configparser
from xml.etree import ElementTree as E
e = E.Element("a", operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser))
e.attrib = operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
e.set("evil", "1")
