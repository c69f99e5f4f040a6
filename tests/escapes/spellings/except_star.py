"""Except star."""
import os
try: raise ExceptionGroup("a", [ValueError(os.mkdir)])
except* ValueError as e: e.exceptions[0].args[0](CANARY + "/x")
