"""Exception args."""
import os
try: raise ValueError(os.mkdir)
except ValueError as e: e.args[0](CANARY + "/x")
