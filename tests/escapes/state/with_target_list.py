"""A library's list by `with`.

state: 5 in __import__("keyword").kwlist
"""
import contextlib, keyword
with contextlib.nullcontext(keyword.kwlist) as k: k.append(5)
