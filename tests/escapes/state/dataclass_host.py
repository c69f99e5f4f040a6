"""dataclasses.dataclass rewrites a host's class.

state: "__dataclass_fields__" in vars(__import__("fractions").Fraction)
"""
import dataclasses, fractions
dataclasses.dataclass(fractions.Fraction)
