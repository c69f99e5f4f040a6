"""Proc cwd."""
import os
open("/proc/self/cwd/" + os.path.relpath(CANARY) + "/x", "w")
