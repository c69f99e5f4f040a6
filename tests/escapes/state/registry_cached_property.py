"""A cached property is kept in a class's registry.

state: "evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import string, operator, configparser, functools
class C:
    @functools.cached_property
    def evil(self): return 1
    def __getattribute__(self, n):
        if n == "__dict__": return operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
        return object.__getattribute__(self, n)
C().evil
