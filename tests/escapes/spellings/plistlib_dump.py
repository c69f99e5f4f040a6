"""Plistlib dump."""
import plistlib
plistlib.dump({}, open(CANARY + "/x", "wb"))
