"""Functools reduce denied."""
import functools, os
functools.reduce(os.symlink, ["/etc", CANARY + "/x"])
