"""Types simplenamespace."""
import types, os
types.SimpleNamespace(f=os.mkdir).f(CANARY + "/x")
