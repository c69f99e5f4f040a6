"""Class by proxy or: state of the host is overwritten.

state: __import__("fractions").Fraction.__dict__["limit_denominator"] is None
"""
import fractions
class E:
    def __ror__(s, o): o["limit_denominator"] = None; return o
fractions.Fraction.__dict__ | E()
