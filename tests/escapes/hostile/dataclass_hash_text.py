"""A field's name is Python for the library to run, for the hash.

hostile: it writes code where a name belongs
state: __import__("sys").modules.get("evil") == 5
"""
import dataclasses
class C:
    x = 1
    __annotations__ = {"x,__import__('sys').modules.update(evil=5)": int}
C = dataclasses.dataclass(init=False, repr=False, eq=True, frozen=True)(C)
hash(object.__new__(C))
