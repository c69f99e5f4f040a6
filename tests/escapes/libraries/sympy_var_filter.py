"""sympy.var as a filter of logging's puts a name into logging.

state: type(getattr(__import__("logging"), "evil", None)).__name__ == "Symbol"
"""
import sympy, logging
class F(logging.Filter): pass
f = F(); f.filter = lambda r: True
lg = logging.getLogger("zz"); 
lg.addFilter(lambda r: True)
r = logging.makeLogRecord({}); 
class S(str): pass
flt = type("X", (), {"filter": staticmethod(sympy.var)})()
h = logging.Handler(); h.addFilter(sympy.var)
h.filter("evil")
