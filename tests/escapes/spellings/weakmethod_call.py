"""Weakmethod call."""
import weakref, os
class C: pass
weakref.finalize(C(), os.mkdir, CANARY + "/x")
