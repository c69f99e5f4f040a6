"""Del methodcaller."""
import pathlib, operator
class P(type(pathlib.Path())):
    __del__ = property(operator.methodcaller("touch"))
_c = P(CANARY + "/x")
