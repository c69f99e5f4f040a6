"""A class statement's names are kept in a class's registry.

state: "evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import operator, configparser
class M(type):
    def __prepare__(*a): return operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
class C(metaclass=M):
    evil = 1
