"""Type setattr: state of the host is overwritten.

state: __import__("fractions").Fraction.limit_denominator is None
"""
import fractions
type.__setattr__(fractions.Fraction, "limit_denominator", None)
