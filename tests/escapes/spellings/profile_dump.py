"""Profile dump."""
import cProfile
p = cProfile.Profile(); p.enable(); p.disable(); p.dump_stats(CANARY + "/x")
