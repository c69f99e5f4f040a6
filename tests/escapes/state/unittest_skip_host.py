"""unittest.skip marks a class of the host's.

state: getattr(__import__("fractions").Fraction, "__unittest_skip__", False)
"""
import fractions, unittest
unittest.skip("x")(fractions.Fraction)
