"""Types dynamicclassattribute."""
import types, os
class C(str):
    f = types.DynamicClassAttribute(os.mkdir)
C(CANARY + "/x").f
