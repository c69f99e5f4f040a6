"""Trace coverdir."""
import trace
t = trace.Trace(count=1, trace=0); t.runfunc(len, ""); t.results().write_results(coverdir=CANARY)
open(CANARY + "/x", "w")
