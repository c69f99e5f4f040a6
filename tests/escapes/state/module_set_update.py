"""A set of a module's, by its type's method.

state: "evil" in __import__("stringprep").b1_set
"""
import stringprep
set.update(stringprep.b1_set, ["evil"])
