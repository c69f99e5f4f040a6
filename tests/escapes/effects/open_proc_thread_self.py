"""By /proc/thread-self."""
import os
os.chdir(CANARY)
open("/proc/thread-self/cwd/new", "w")
