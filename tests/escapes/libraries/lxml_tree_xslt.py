"""Lxml tree xslt."""
from lxml import etree
s = etree.XML('<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:e="http://exslt.org/common" extension-element-prefixes="e"><xsl:template match="/"><e:document href="%s/x"><b/></e:document></xsl:template></xsl:stylesheet>' % CANARY)
etree.ElementTree(etree.XML("<a/>")).xslt(s)
