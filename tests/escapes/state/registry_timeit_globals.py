"""timeit's statement runs in a class's registry.

state: "evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import operator, configparser, timeit
timeit.Timer("pass", "global evil; evil = 1", globals=operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)).timeit(1)
