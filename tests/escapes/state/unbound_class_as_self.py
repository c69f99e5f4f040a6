"""A method of a library's class, called with a host's class as self.

state: "enter_result" in vars(__import__("fractions").Fraction)
"""
import contextlib, fractions
contextlib.nullcontext.__init__(fractions.Fraction, 5)
