"""A set of a module's, by an operator's function.

state: "evil" in __import__("stringprep").b1_set
"""
import stringprep, operator
operator.ior(stringprep.b1_set, {"evil"})
