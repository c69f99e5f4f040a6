"""typing.no_type_check marks a class of the host's.

state: "__no_type_check__" in vars(__import__("fractions").Fraction)
"""
import fractions, typing
typing.no_type_check(fractions.Fraction)
