"""Builtins print self."""
print.__self__.open(CANARY + "/x", "w")
