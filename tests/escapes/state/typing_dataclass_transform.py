"""typing.dataclass_transform marks a class of the host's.

state: "__dataclass_transform__" in vars(__import__("fractions").Fraction)
"""
import fractions, typing
typing.dataclass_transform()(fractions.Fraction)
