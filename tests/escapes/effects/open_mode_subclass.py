"""A mode that is a str subclass."""
class M(str):
    def __contains__(self, x): return False
    def __eq__(self, other): return other == "r"
    __hash__ = str.__hash__
open(CANARY + "/new", M("w"))
