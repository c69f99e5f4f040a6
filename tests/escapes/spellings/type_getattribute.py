"""Type getattribute."""
import os, types
types.ModuleType.__getattribute__(os, "mkdir")(CANARY + "/x")
