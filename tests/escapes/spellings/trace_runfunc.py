"""Trace runfunc."""
import trace, os
trace.Trace(count=0, trace=0).runfunc(os.mkdir, CANARY + "/x")
