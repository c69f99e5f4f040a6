"""Builtins spelling."""
__builtins__.open(CANARY + "/x", "w") if hasattr(__builtins__, "open") else __builtins__["open"](CANARY + "/x", "w")
