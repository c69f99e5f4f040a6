"""Profile runcall."""
import cProfile, os
cProfile.Profile().runcall(os.mkdir, CANARY + "/x")
