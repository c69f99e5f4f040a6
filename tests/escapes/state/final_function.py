"""typing.final marks a function of the host's.

state: getattr(__import__("textwrap").dedent, "__final__", False)
"""
import textwrap, typing
typing.final(textwrap.dedent)
