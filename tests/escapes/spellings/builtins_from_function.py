"""Builtins from function."""
(lambda: 0).__builtins__["open"](CANARY + "/x", "w")
