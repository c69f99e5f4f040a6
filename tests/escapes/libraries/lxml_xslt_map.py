"""A style sheet writes a document, made and run by map."""
from lxml import etree
x = etree.XML('<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:e="http://exslt.org/common" extension-element-prefixes="e"><xsl:template match="/"><e:document href="%s/w"><a/></e:document></xsl:template></xsl:stylesheet>' % CANARY)
s = list(map(etree.XSLT, [x]))[0]
list(map(s, [etree.XML("<a/>")]))
