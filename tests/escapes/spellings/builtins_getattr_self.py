"""Builtins getattr self."""
getattr(print, "__self__").__import__("os").mkdir(CANARY + "/x")
