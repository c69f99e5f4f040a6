"""A metaclass's inherited __setattr__ on a host's class.

state: __import__("fractions").Fraction.limit_denominator == 5
"""
import abc, fractions
abc.ABCMeta.__setattr__(fractions.Fraction, "limit_denominator", 5)
