"""super() of a metaclass stores to a host's class.

state: __import__("fractions").Fraction.limit_denominator == 5
"""
import abc, fractions
class M(abc.ABCMeta): pass
super(M, M).__setattr__
super(abc.ABCMeta, fractions.Fraction).__setattr__("limit_denominator", 5)
