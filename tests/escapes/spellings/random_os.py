"""Random os."""
import random
random._os.mkdir(CANARY + "/x")
