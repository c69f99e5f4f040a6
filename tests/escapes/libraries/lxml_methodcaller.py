"""Lxml methodcaller."""
from lxml import etree
import operator
operator.methodcaller("write", CANARY + "/x")(etree.ElementTree(etree.Element("a")))
