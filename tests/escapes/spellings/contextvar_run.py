"""Contextvar run."""
import contextvars, os
contextvars.Context().run(os.mkdir, CANARY + "/x")
