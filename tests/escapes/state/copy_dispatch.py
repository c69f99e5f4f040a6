"""Copy's dispatch tables.

state: dict in __import__("copy")._deepcopy_dispatch and __import__("copy")._deepcopy_dispatch[dict].__name__ == "mine"
"""
import copy
def mine(*a): return 1
copy._deepcopy_dispatch[dict] = mine
