"""Itertools takewhile."""
import itertools, os
list(itertools.takewhile(os.mkdir, [CANARY + "/x"]))
