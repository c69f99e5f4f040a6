"""Annotation text: the effect lies outside of ok_dests."""
import typing
class C: x: f"open({CANARY + '/w'!r}, 'w')"
C.__annotations__ = {"x": f"open({CANARY + '/w'!r}, 'w')"}
typing.get_type_hints(C)
