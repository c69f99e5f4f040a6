"""Get type hints."""
import typing
def f(a: "open(CANARY + '/x', 'w')"): pass
typing.get_type_hints(f)
