"""Proc fd reopen."""
f = open(CANARY + "/victim")
open("/proc/self/fd/%d" % f.fileno(), "w").write("x")
