"""Lxml: a keyword of a class with a hash of its own."""
from lxml import etree
class Key(str):
    def __hash__(self): return 5
    def __eq__(self, other): return str.__eq__(self, other)
    def __ne__(self, other): return str.__ne__(self, other)
etree.ElementTree(etree.Element("a")).write(**{Key("file"): CANARY + "/x"})
