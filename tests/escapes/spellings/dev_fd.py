"""Dev fd."""
f = open(CANARY + "/victim")
open("/dev/fd/%d" % f.fileno(), "w").write("x")
