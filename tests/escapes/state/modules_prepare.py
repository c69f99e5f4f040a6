"""A class statement's names are kept in sys.modules.

state: "evil" in __import__("sys").modules
"""
import operator, sys
class M(type):
    def __prepare__(*a): return operator.attrgetter("modules")(sys)
    def __new__(m, n, b, ns): return type.__new__(m, n, b, {})
class C(metaclass=M):
    evil = 1
