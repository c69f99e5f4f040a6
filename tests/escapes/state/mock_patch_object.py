"""mock.patch.object changes a class.

state: __import__("fractions").Fraction.limit_denominator == 5
"""
import fractions
from unittest import mock
mock.patch.object(fractions.Fraction, "limit_denominator", 5).start()
