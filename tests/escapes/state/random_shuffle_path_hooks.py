"""random.shuffle changes sys.path_hooks.

state: [type(h).__name__ for h in __import__("sys").path_hooks][:1] != ["type"]
"""
import random, sys
class R(random.Random):
    def _randbelow(self, n): return 0
R().shuffle(sys.path_hooks)
