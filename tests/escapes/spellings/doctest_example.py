"""Doctest example."""
import doctest
doctest.DocTestRunner().run(doctest.DocTestParser().get_doctest(">>> open(%r, 'w')\n" % (CANARY + "/x"), {}, "t", None, 0))
