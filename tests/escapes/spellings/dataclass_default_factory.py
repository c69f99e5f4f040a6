"""Dataclass default factory."""
import dataclasses, os, functools
@dataclasses.dataclass
class C:
    a: int = dataclasses.field(default_factory=functools.partial(os.mkdir, CANARY + "/x"))
C()
