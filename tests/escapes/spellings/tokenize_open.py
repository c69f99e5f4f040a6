"""Tokenize open."""
import tokenize
tokenize._builtin_open(CANARY + "/x", "w")
