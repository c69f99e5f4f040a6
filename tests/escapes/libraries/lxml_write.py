"""Lxml write."""
from lxml import etree
etree.ElementTree(etree.Element("a")).write(CANARY + "/x")
