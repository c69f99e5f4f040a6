"""Eval globals builtins."""
eval("open(p, 'w')", {"__builtins__": {"open": open}, "p": CANARY + "/x"})
