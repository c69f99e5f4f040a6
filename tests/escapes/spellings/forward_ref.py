"""Forward ref."""
import typing
typing.ForwardRef("open(%r, 'w')" % (CANARY + "/x"))._evaluate({}, {}, recursive_guard=frozenset())
