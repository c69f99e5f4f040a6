"""Str translate."""
import os
class T(dict):
    def __getitem__(self, k): os.mkdir(CANARY + "/x"); return "a"
"b".translate(T())
