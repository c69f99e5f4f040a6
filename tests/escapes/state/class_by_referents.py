"""Class by referents: state of the host is overwritten.

state: __import__("fractions").Fraction.__dict__["limit_denominator"] is None
"""
import gc, fractions
gc.get_referents(fractions.Fraction.__dict__)[0]["limit_denominator"] = None
