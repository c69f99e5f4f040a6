"""A set of a module's is given an item.

state: "evil" in __import__("stringprep").b1_set
"""
import stringprep
stringprep.b1_set.add("evil")
