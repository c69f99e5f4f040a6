"""A metaclass's __prepare__ gives a module's registry as the class body.

state: __import__("copyreg").dispatch_table.get("planted") == 5
"""
import copyreg
class M(type):
    @classmethod
    def __prepare__(meta, name, bases): return copyreg.dispatch_table
    def __new__(meta, name, bases, body): return 5
class C(metaclass=M):
    planted = 5
