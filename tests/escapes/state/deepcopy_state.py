"""deepcopy restores the attributes of a module.

state: __import__("keyword").kwlist == 5
"""
import copy, keyword
class A:
    def __deepcopy__(self, memo):
        return copy._reconstruct(self, memo, lambda: keyword, (), {"kwlist": 5})
copy.deepcopy(A())
