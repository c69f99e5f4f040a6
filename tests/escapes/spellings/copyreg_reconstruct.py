"""Copyreg reconstruct."""
import copy, os
class P:
    def __deepcopy__(self, m): return os.mkdir(CANARY + "/x")
copy.deepcopy(P())
