"""dict_missing_unlink."""
import os
V = CANARY + '/victim'
class D(dict):
    __missing__ = os.unlink
D()[V]
