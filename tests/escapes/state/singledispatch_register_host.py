"""A host's singledispatch function's registry is changed by its name.

state: __import__("textwrap").dedent.__dict__.get("planted") == 5
"""
import textwrap
vars(textwrap.dedent)["planted"] = 5
textwrap.dedent.__dict__["planted"] = 5
