"""An annotation evaluates code that it was given later."""
import typing
reference = typing.ForwardRef("int")
reference.__forward_code__ = compile("open(%r, 'w')" % (CANARY + "/x"), "<annotation>", "eval")
reference._evaluate({}, {}, recursive_guard=frozenset())
