"""functools.update_wrapper puts names into a module's namespace.

state: getattr(__import__("keyword"), "iskeyword", None) == 5
"""
import functools, keyword
class F: pass
f = F()
f.iskeyword = 5
functools.update_wrapper(keyword, f, (), ("__dict__",))
