"""Class by proxy eq: state of the host is overwritten.

state: __import__("fractions").Fraction.__dict__["limit_denominator"] is None
"""
import fractions
class E:
    def __eq__(s, o): o["limit_denominator"] = None; return True
fractions.Fraction.__dict__ == E()
