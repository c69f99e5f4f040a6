"""Nor do those in what inspect.stack gives, when a library reads the variables."""
import inspect
variables = inspect.getargvalues(inspect.stack()[-1].frame).locals
variables["__builtins__"].open(CANARY + "/w", "w")
