"""Class attribute: state of the host is overwritten.

state: __import__("fractions").Fraction.limit_denominator is None
"""
import decimal, fractions
fractions.Fraction.limit_denominator = None
