"""Itertools accumulate."""
import itertools, os
list(itertools.accumulate(["/etc", CANARY + "/x"], os.symlink))
