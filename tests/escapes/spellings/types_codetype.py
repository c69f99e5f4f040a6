"""Types codetype."""
import types
f = types.FunctionType(compile("__import__('os').mkdir(p)", "a", "eval"), {"p": CANARY + "/x"})
f()
