"""Lxml map."""
from lxml import etree
list(map(etree.ElementTree(etree.Element("a")).write, [CANARY + "/x"]))
