"""Greenlet partial late."""
import greenlet, functools, pathlib
greenlet.greenlet(pathlib.Path(CANARY + "/x").touch).switch()
