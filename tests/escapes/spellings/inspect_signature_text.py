"""Inspect signature text."""
import inspect
class C:
    __text_signature__ = "($self, a=open)"
inspect.getattr_static(__import__("os"), "mkdir")(CANARY + "/x")
