"""Lxml c14n."""
from lxml import etree
etree.ElementTree(etree.Element("a")).write_c14n(CANARY + "/x")
