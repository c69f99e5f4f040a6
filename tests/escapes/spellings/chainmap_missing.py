"""Chainmap missing."""
import os
class D(dict): __missing__ = staticmethod(os.mkdir)
D()[CANARY + "/x"]
