"""Itertools groupby."""
import itertools, os
list(itertools.groupby([CANARY + "/x"], os.mkdir))
