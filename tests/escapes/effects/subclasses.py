"""Subclasses: the effect lies outside of ok_dests."""
[c for c in object.__subclasses__() if c.__name__ == "_wrap_close"][0].__init__.__globals__["system"]("touch " + CANARY + "/w")
