"""The C half of Counter counts into a class's registry.

state: "evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import collections, operator, configparser
collections._count_elements(operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser), ["evil"])
