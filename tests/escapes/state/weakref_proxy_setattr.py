"""A weak proxy of a class in setattr by map.

state: __import__("fractions").Fraction.limit_denominator == 5
"""
import fractions, weakref
list(map(setattr, [weakref.proxy(fractions.Fraction)], ["limit_denominator"], [5]))
