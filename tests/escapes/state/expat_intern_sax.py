"""sax keeps names in a class's registry.

state: "evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import xml.sax, operator, configparser, io
p = xml.sax.make_parser()
p._interning = operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
p.parse(io.StringIO("<evil/>"))
