"""copy fills a list that a reduction names.

state: 5 in __import__("sys").meta_path
"""
import copy, sys
class A:
    def __reduce_ex__(self, protocol):
        return (lambda: sys.meta_path, (), None, iter([5]))
copy.copy(A())
