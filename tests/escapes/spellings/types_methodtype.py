"""Types methodtype."""
import types, os
types.MethodType(os.mkdir, CANARY + "/x")()
