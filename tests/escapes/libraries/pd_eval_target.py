"""pandas assigns to a class's registry.

state: "evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import operator, configparser, pandas as pd
d = operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
pd.eval("evil = 1 + 1", target=d, inplace=True)
