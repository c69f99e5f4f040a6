"""Format spec."""
import os
class C:
    __format__ = lambda s, spec: os.mkdir(spec) or ""
f"{C():{CANARY + '/x'}}"
