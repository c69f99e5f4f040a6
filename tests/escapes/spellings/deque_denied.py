"""Deque denied."""
import collections, os
collections.deque([os.mkdir])[0](CANARY + "/x")
