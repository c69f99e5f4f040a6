"""Subprocess objects."""
import subprocess
class P(subprocess.Popen):
    def __init__(self): pass
    __del__ = subprocess.Popen.kill
_p = P(); _p.pid = 999999; _p.returncode = None
subprocess.run(["touch", CANARY + "/x"])
