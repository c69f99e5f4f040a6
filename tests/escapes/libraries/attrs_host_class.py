"""attrs makes a class of the standard library its own.

state: hasattr(__import__("queue").Queue, "__attrs_attrs__")
"""
import attr, queue
attr.s(queue.Queue, these={})
