"""An annotation assigns to a class's registry.

state: "evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import operator, configparser, typing
d = operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
class A: x: "(evil := int)"
typing.get_type_hints(A, d, d)
