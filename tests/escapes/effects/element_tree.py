"""Element tree: the effect lies outside of ok_dests."""
import xml.etree.ElementTree as E
E.ElementTree(E.Element("a")).write(CANARY + "/w")
