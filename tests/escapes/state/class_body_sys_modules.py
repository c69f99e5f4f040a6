"""The class body is sys.modules.

state: __import__("sys").modules.get("planted") == 5
"""
import sys
class M(type):
    @classmethod
    def __prepare__(meta, name, bases): return sys.modules
    def __new__(meta, name, bases, body): return 5
class C(metaclass=M):
    planted = 5
