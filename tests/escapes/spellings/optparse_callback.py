"""Optparse callback."""
import optparse, os
p = optparse.OptionParser(); p.add_option("-x", action="callback", callback=lambda *a: os.mkdir(CANARY + "/x")); p.parse_args(["-x"])
