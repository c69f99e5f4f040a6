"""Contextvar denied."""
import contextvars, os
v = contextvars.ContextVar("v"); v.set(os.mkdir); v.get()(CANARY + "/x")
