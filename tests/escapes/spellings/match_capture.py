"""Match capture."""
import os
match os:
    case object(mkdir=f): f(CANARY + "/x")
