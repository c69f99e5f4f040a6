"""dynamic_attribute."""
import os
V = CANARY + '/victim'
import types
class S(str):
    p = types.DynamicClassAttribute(os.unlink)
S(V).p
