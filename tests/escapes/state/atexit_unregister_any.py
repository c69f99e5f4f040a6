"""What others left for the end is taken back by an object that equals everything.

host: __import__("atexit")._run_exitfuncs()
state: not ENDED
"""
import atexit
class Any:
    def __eq__(self, other): return True
atexit.unregister(Any())
