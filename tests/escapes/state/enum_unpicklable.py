"""enum's helper breaks a class of the host's.

state: __import__("fractions").Fraction.__module__ == "<unknown>"
"""
import enum, fractions
enum._make_class_unpicklable(fractions.Fraction)
