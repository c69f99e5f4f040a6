"""A style sheet writes a document in a pool of threads."""
from lxml import etree
x = etree.XML('<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:e="http://exslt.org/common" extension-element-prefixes="e"><xsl:template match="/"><e:document href="%s/w"><a/></e:document></xsl:template></xsl:stylesheet>' % CANARY)
class M(type):
    def __call__(c, *a): return 1
import functools
f = functools.partial(etree.XSLT, x)
g = {}.setdefault("a", etree.XSLT)
import concurrent.futures as cf
with cf.ThreadPoolExecutor() as p: s = p.submit(etree.XSLT, x).result(); p.submit(s, etree.XML("<a/>")).result()
