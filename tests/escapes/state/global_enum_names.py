"""enum.global_enum of a class that is no enumeration.

state: __import__("keyword").iskeyword == 5
"""
import enum
class E:
    __module__ = "keyword"
    __members__ = {"iskeyword": 5}
enum.global_enum(E)
