"""Super getattr."""
import os, types
class M(types.ModuleType):
    def go(self): return super().__getattribute__("mkdir")
object.__getattribute__(os, "mkdir")(CANARY + "/x")
