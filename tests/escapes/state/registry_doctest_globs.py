"""An example of doctest's runs in a class's registry.

state: "evil" in __import__("configparser").ConfigParser.BOOLEAN_STATES
"""
import operator, configparser, doctest
doctest.run_docstring_examples(">>> evil = 1\n", operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser))
t = doctest.DocTestParser().get_doctest(">>> evil = 1\n", {}, "x", None, 0)
t.globs = operator.attrgetter("BOOLEAN_STATES")(configparser.ConfigParser)
doctest.DocTestRunner(verbose=False).run(t, clear_globs=False)
