"""copy restores the slots of what a reduction names.

state: __import__("keyword").kwlist == 5
"""
import copy, keyword
class A:
    def __reduce_ex__(self, protocol):
        return (lambda: keyword, (), (None, {"kwlist": 5}))
copy.copy(A())
