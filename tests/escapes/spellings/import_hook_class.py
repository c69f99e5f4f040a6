"""Import hook class."""
import sys, os
class F:
    @staticmethod
    def find_spec(*a): os.mkdir(CANARY + "/x")
sys.meta_path.append(F)
try: import nothing_here
except ImportError: pass
