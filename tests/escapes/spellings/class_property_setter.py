"""Class property setter.

state: __import__("fractions").Fraction.numerator is None
"""
import fractions
fractions.Fraction.numerator = None
