"""Pickled state of slots goes to a class.

state: "limit_denominator" in vars(__import__("fractions").Fraction) and __import__("fractions").Fraction.limit_denominator == 5
"""
import fractions, io, pickle
class U(pickle.Unpickler):
    def persistent_load(self, pid):
        return fractions.Fraction
U(io.BytesIO(b"Px\n(N}(S'limit_denominator'\nI5\nutb.")).load()
