"""copy fills a mapping that a reduction names.

state: __import__("sys").modules.get("planted") == 5
"""
import copy, sys
class A:
    def __reduce_ex__(self, protocol):
        return (lambda: sys.modules, (), None, None, iter([("planted", 5)]))
copy.copy(A())
