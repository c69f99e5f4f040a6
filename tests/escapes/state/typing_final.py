"""typing.final marks a class of the host's.

state: getattr(__import__("fractions").Fraction, "__final__", False)
"""
import fractions, typing
typing.final(fractions.Fraction)
