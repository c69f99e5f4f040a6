"""Namedtuple denied."""
import collections, os
collections.namedtuple("A", "f")(os.mkdir).f(CANARY + "/x")
