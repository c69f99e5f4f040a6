"""Pstats dump."""
import pstats, cProfile
p = cProfile.Profile(); p.enable(); p.disable(); pstats.Stats(p).dump_stats(CANARY + "/x")
