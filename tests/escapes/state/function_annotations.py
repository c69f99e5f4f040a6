"""The annotations of a host's function.

state: __import__("textwrap").dedent.__annotations__.get("planted") == 5
"""
import textwrap
textwrap.dedent.__annotations__["planted"] = 5
