"""Contextvar run open."""
import contextvars
contextvars.copy_context().run(open, CANARY + "/x", "w")
