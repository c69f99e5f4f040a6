"""Fork: the effect lies outside of ok_dests."""
import os
pid = os.fork()
if not pid:
    open(CANARY + "/w", "w")
    os._exit(0)
os.waitpid(pid, 0)
