"""enum.global_enum writes members to the module that the class names.

state: __import__("keyword").kwlist == 5
"""
import enum
class E(enum.IntEnum):
    kwlist = 5
E.__module__ = "keyword"
enum.global_enum(E)
