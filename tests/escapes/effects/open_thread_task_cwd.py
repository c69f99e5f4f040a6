"""By the working directory of the thread below /proc."""
import os, threading
os.chdir(CANARY)
open("/proc/self/task/%d/cwd/new" % threading.get_native_id(), "w")
