"""OrderedDict.__init__ fills a library's.

given: library
state: list(__import__("kept").ORDERED.items()) != [("a", 1), ("b", 2)]
"""
import kept
kept.ORDERED.__init__(x=1)
